"""What the action's container runs: puts the package in reach, runs it, and turns whatever comes out into an exit code.

Started as `python -I` by the Dockerfile: neither PYTHON* variables nor the checkout (our working directory) can put a module in
our way, so the folder of this file, which holds the package and nothing else that is imported, is added by hand.

Only this file and `deployer.cli.main.main` exit. Exit codes: README.md, "Exit codes"; 3 is a bug in Flowship.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUG = 3


def run() -> int:
    """One run. In the action everything asked for is in `INPUT_*` variables and there are no arguments; `docker run IMAGE lint` has some."""
    sys.path.insert(0, HERE)
    try:
        from deployer.cli.main import main

        return main(sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - the last line of defence: a run must end in words and in a code
        return _confess(error)


def _confess(error: Exception) -> int:
    """Say that this is our bug, and where: the kind of error and our own lines. Never its text, which may quote a key."""
    place = error.__traceback__
    while place and place.tb_next and place.tb_next.tb_frame.f_code.co_filename.startswith(os.path.join(HERE, "deployer")):
        place = place.tb_next
    where = f"{os.path.relpath(place.tb_frame.f_code.co_filename, HERE)}:{place.tb_lineno}" if place else "unknown place"
    what = f"{type(error).__name__} at {where}. Please report it; run it again to see what was written before it."
    print(f"::error title=A bug in Flowship::{what}")
    return BUG


if __name__ == "__main__":
    sys.exit(run())
