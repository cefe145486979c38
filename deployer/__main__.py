"""`python -m deployer`: the same program as the `flowship` script."""

from deployer.cli import script

if __name__ == "__main__":
    script()
