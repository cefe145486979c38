"""`python -m deployer`: the same program as the `flowship` script."""

import sys

from deployer.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
