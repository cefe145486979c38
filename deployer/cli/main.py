"""The command line, and what the action's container runs: arguments and environment in, exit code out.

`main` is what `flowship` starts, so this module imports next to nothing: `--version` costs what the interpreter costs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from deployer.cli.args import CommandLine
    from deployer.cli.signals import StopSignals
    from deployer.model.errors import FlowshipError

VERSION = (["--version"], ["-V"])
VERSIONS = (["--version", "--verbose"], ["--verbose", "--version"])  # of the platforms too
SWITCH_S = 0.001
"""Seconds that a thread with a reply waits for the thread that reads files. With Python's default of 0.005, each request would wait that long
several times."""


def script() -> "NoReturn":
    """A whole process, however it is started: `main`, with SIGINT and SIGTERM taken from the first line on, and then an exit without the
    interpreter's clean-up.

    That clean-up takes as long as linting a file, waits for threads that wait for a slow reply, and lets a signal end it with another exit code.
    Linting makes no cycles worth collecting, and other commands few: a collection looks at modules and files, which stay.
    """
    import sys

    signals = None
    if sys.argv[1:] not in VERSION:
        import _signal  # type: ignore[import-not-found]  # loaded with the interpreter, so that nothing comes before this

        _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGINT, _signal.SIGTERM))  # they wait until there is somebody to take them
        from deployer.cli.signals import StopSignals

        signals = StopSignals()
    import gc
    import os

    gc.set_threshold(0 if sys.argv[1:2] == ["lint"] else 50_000)
    sys.setswitchinterval(SWITCH_S)
    code = main(signals=signals)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or 1
    os._exit(code)


def main(argv: "Sequence[str] | None" = None, signals: "StopSignals | None" = None) -> int:
    """Run one command; returns the exit code (docs/inputs.md, "Exit codes"). Without `argv`, the process's own arguments. Without `signals`, this
    process takes no signals."""
    import sys

    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in VERSION:
        from deployer import __version__

        print(f"flowship {__version__}")
        return 0
    import os

    if os.environ.get("GITHUB_ACTIONS") != "true":
        return _exit_code(arguments, os.environ, signals)
    from deployer.github.runner import escaped_output

    with escaped_output():
        return _exit_code(arguments, os.environ, signals)


def _exit_code(arguments: "list[str]", environ: "Mapping[str, str]", signals: "StopSignals | None") -> int:
    """Run the command; a failure is a message and an exit code."""
    import os

    from deployer.model.errors import FlowshipError

    try:
        return _run(arguments, environ, signals)
    except FlowshipError as error:
        return _print_refusal(error, arguments, environ)
    except BrokenPipeError:
        # The reader of our output has closed it (`flowship plan | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: a run ends with a message and an exit code
        return _report_bug(error, environ)


def _run(arguments: "list[str]", environ: "Mapping[str, str]", signals: "StopSignals | None") -> int:
    from deployer.cli.args import parse
    from deployer.platforms import source_formats

    source_formats.register()
    if arguments in VERSIONS:
        return _print_versions()
    request = parse(arguments, environ)
    if isinstance(request, int):
        return request
    leaves_nothing = request.command in ("sandbox", "schema", "init", "completion") or (request.command == "lint" and not request.in_action)
    if signals and leaves_nothing:
        signals.exit_at_once()
    if leaves_nothing:
        return _run_local(request)
    return _run_mode(request.options, environ, signals)


def _print_versions() -> int:
    """Flowship's version, and a line for each platform: the package that adds it."""
    from deployer import __version__
    from deployer.platforms.registry import describe_platforms

    print("\n".join([f"flowship {__version__}", *(f"  {line}" for line in describe_platforms())]))
    return 0


def _run_local(request: "CommandLine") -> int:
    """A command that is no mode, or `lint` outside the action."""
    match request.command:
        case "lint":
            from deployer.commands.lint import lint_command

            return lint_command(request.words, request.options)
        case "sandbox":
            from deployer.commands.sandbox import sandbox_command

            return sandbox_command(request.options)
        case "schema":
            from deployer.commands.schema import schema_command

            return schema_command(request.words[0])
        case "completion":
            from deployer.cli.completion import completion_command

            return completion_command(request.words[0])
        case _:
            from deployer.commands.init.command import init_command

            return init_command(request.words[0], request.options)


def _run_mode(options: "Mapping[str, str]", environ: "Mapping[str, str]", signals: "StopSignals | None") -> int:
    from deployer.cli.dispatch import publish_refusal, start
    from deployer.config.reader import in_action, read
    from deployer.model.errors import UsageError

    try:
        settings = read(options, environ)
    except UsageError as error:
        if in_action(environ):
            return publish_refusal(error, environ)
        raise
    if not settings.sandbox:
        return start(settings, environ, signals)
    from deployer.sandbox.server import running

    with running() as url:
        return start(settings.with_sandbox(url), environ, signals)


def _report_bug(error: Exception, environ: "Mapping[str, str]") -> int:
    """Print whose bug this is, and where: the kind of error and the line. Never its text, which may quote a key."""
    import sys

    from deployer.platforms.added import find_bug

    if environ.get("FLOWSHIP_DEBUG"):
        return _print_traceback(error)
    owner, position = find_bug(error)
    message = f"{type(error).__name__} at {position}. Please report it; run it again to see what was written before it."
    if environ.get("GITHUB_ACTIONS") == "true":
        from deployer.github.runner import Runner
        from deployer.model.annotation import Annotation

        Runner(environ).annotate(Annotation("error", f"A bug in {owner}", message))
    else:
        print(f"flowship: a bug in {owner}: {message} (FLOWSHIP_DEBUG=1 shows the traceback.)", file=sys.stderr)
    return 3


def _print_traceback(error: Exception) -> int:
    """Print where a bug is, with its text, which may quote anything: no control characters are printed."""
    import sys
    import traceback

    from deployer.model.text import one_line

    for line in "".join(traceback.format_exception(error)).split("\n"):
        print(one_line(line), file=sys.stderr)
    return 3


def _print_refusal(error: "FlowshipError", arguments: "list[str]", environ: "Mapping[str, str]") -> int:
    """A request that was refused before there was a report. Its text may quote what a user gave: no control characters are printed."""
    import sys

    from deployer.config.inputs import BY_NAME
    from deployer.config.spelling import Spelling
    from deployer.model.text import one_line

    typed = {word.partition("=")[0] for word in arguments}
    variables = frozenset(name for name, row in BY_NAME.items() if environ.get(row.variable) and f"--{name}" not in typed)
    error = Spelling(variables=variables).error(error)
    fix = f" Fix: {error.fix}" if error.fix else ""
    for line in f"{error.message}{fix}".splitlines():
        print(f"flowship: {one_line(line)}", file=sys.stderr)
    return error.exit_code
