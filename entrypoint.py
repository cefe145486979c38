"""What the action's container runs: the package, with an exit code for whatever happens.

The Dockerfile starts it as `python -I`, so that neither PYTHON* variables nor the checkout (our working directory) can put a module before
ours. The folder of this file, which holds the package and nothing else that is imported, is therefore added by hand.

Only this file and `deployer.cli.main.script` exit. Exit codes: docs/inputs.md, "Exit codes"; 3 is a bug in Flowship.
"""

import _signal  # type: ignore[import-not-found]  # what `signal` is made of: loaded with the interpreter, so nothing comes before this

# Signals wait until there is somebody to take them (`deployer.cli.signals`): by themselves they would end the process, with no outputs.
_signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGINT, _signal.SIGTERM))

import os  # noqa: E402
import sys  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUG = 3


def run() -> int:
    """One run, which ends the process; returns the exit code of a package that cannot even be started. In the action all inputs are `INPUT_*`
    variables; `docker run IMAGE lint` has arguments."""
    sys.path.insert(0, HERE)
    try:
        from deployer.cli.main import script

        script()
    except Exception as error:  # noqa: BLE001 - the last line of defence: a run ends with a message and an exit code
        return _report_bug(error)


def _report_bug(error: Exception) -> int:
    """Print that this is a bug of Flowship, and where: the kind of error and our own line. Never its text, which may quote a key."""
    frame = error.__traceback__
    while frame and frame.tb_next and frame.tb_next.tb_frame.f_code.co_filename.startswith(os.path.join(HERE, "deployer")):
        frame = frame.tb_next
    position = f"{os.path.relpath(frame.tb_frame.f_code.co_filename, HERE)}:{frame.tb_lineno}" if frame else "unknown place"
    print(f"::error title=A bug in Flowship::{type(error).__name__} at {position}. Please report it; run it again to see what was written before it.")
    return BUG


if __name__ == "__main__":
    sys.exit(run())
