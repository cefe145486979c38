"""What the action's container runs: puts the package in reach, runs it, and turns whatever comes out into an exit code.

Started as `python -I` by the Dockerfile: neither PYTHON* variables nor the checkout (our working directory) can put a module in
our way, so the folder of this file, which holds the package and nothing else that is imported, is added by hand.

Only this file and `deployer.cli.main` exit. Exit codes: behaviour.md; 3 is a bug in Flowship.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run() -> int:
    """One run. In the action everything asked for is in `INPUT_*` variables and there are no arguments; `docker run IMAGE lint` has some."""
    sys.path.insert(0, HERE)
    from deployer.cli import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
