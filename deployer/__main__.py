"""`python -m deployer`: the same program as the `flowship` script."""

from deployer.cli.main import script

if __name__ == "__main__":
    script()
