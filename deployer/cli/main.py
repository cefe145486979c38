"""The command line, and what the action's container runs: arguments and environment in, exit code out.

`main` is what `flowship` starts, so this module imports next to nothing: `--version` costs what the interpreter costs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from deployer.model.errors import FlowshipError


def script() -> None:
    """What the installed `flowship` runs: `main`, and then out at once.

    Taking the interpreter apart costs as much as linting a file, and frees nothing that the system would not; threads that
    still wait for a slow reply are left the same way. Linting makes no cycles worth collecting.
    """
    import os
    import sys

    if sys.argv[1:2] == ["lint"]:
        import gc

        gc.disable()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or 1
    os._exit(code)


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run one command; returns the exit code (README.md, "Exit codes"). Without `argv`, the process's own arguments."""
    import sys

    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        from deployer import __version__

        print(f"flowship {__version__}")
        return 0
    import os

    from deployer.model.errors import FlowshipError

    try:
        return _run(arguments, os.environ)
    except FlowshipError as error:
        return _refuse(error)
    except BrokenPipeError:
        # The reader of our output went away (`flowship plan | head`): nothing to tell, nobody to tell it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: a run must end in words and in a code
        return _confess(error, os.environ)


def _run(arguments: "list[str]", environ: "Mapping[str, str]") -> int:
    from deployer.cli.args import parse

    request = parse(arguments, environ)
    if isinstance(request, int):
        return request
    match request.command:
        case "lint" if not request.in_action:
            from deployer.commands.lint import lint_command

            return lint_command(request.words, request.options, request.format)
        case "sandbox":
            return _sandbox(request.sandbox)
        case "schema":
            print(_schema(request.words[0]), end="")
            return 0
        case "init":
            from deployer.commands.init.command import init_command

            return init_command(request.words[0] if request.words else ".", force=request.force, sharded=request.sharded)
        case _:
            return _story(request.options, environ)


def _schema(name: str) -> str:
    if name == "report":
        from deployer.render.json_report import schema

        return schema()
    from deployer.schemas import text

    return text(name)


def _sandbox(options: "Mapping[str, Any]") -> int:
    from deployer.model.errors import UsageError
    from deployer.sandbox.config_files import SandboxConfigError
    from deployer.sandbox.server import serve

    try:
        return serve(**options)
    except SandboxConfigError as error:
        raise UsageError(str(error)) from error


def _story(options: "Mapping[str, str]", environ: "Mapping[str, str]") -> int:
    from deployer.cli.dispatch import refuse, start
    from deployer.config.settings import in_action, read
    from deployer.model.errors import UsageError

    try:
        settings = read(options, environ)
    except UsageError as error:
        if in_action(environ):
            return refuse(error, environ)
        raise
    if not settings.sandbox:
        return start(settings, environ)
    from deployer.sandbox.server import running

    with running() as url:
        return start(settings._replace(addresses=settings.addresses._replace(gptbots_base_url=url, meingpt_base_url=url), state="none"), environ)


def _confess(error: Exception, environ: "Mapping[str, str]") -> int:
    """Say that this is our bug, and where: the kind of error and our own line. Never its text, which may quote a key."""
    import os
    import sys

    if environ.get("FLOWSHIP_DEBUG"):
        raise error
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    place = error.__traceback__
    while place and place.tb_next and place.tb_next.tb_frame.f_code.co_filename.startswith(here):
        place = place.tb_next
    where = f"{os.path.relpath(place.tb_frame.f_code.co_filename, here)}:{place.tb_lineno}" if place else "unknown place"
    what = f"{type(error).__name__} at {where}. Please report it; run it again to see what was written before it."
    if environ.get("GITHUB_ACTIONS") == "true":
        print(f"::error title=A bug in Flowship::{what}", flush=True)
    else:
        print(f"flowship: a bug in Flowship: {what} (FLOWSHIP_DEBUG=1 shows the traceback.)", file=sys.stderr)
    return 3


def _refuse(error: "FlowshipError") -> int:
    """A request that was wrong before anything could be set up. Its text may quote what a user gave: one line, no controls."""
    import sys

    from deployer.model.text import one_line

    for line in str(error).splitlines():
        print(f"flowship: {one_line(line)}", file=sys.stderr)
    return error.exit_code
