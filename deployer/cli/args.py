"""Command-line arguments: one parser per command, built for the command that was typed only."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from deployer.model.errors import UsageError

if TYPE_CHECKING:
    import argparse

REPEATED = ("files", "only")
# The positional arguments of a command: the input they are a short form of, their name in its help, and the help.
WORDS = {
    "eval": ("only", "NAME", "workflows whose evals to run; default: all"),
    "adopt": ("only", "NAME-OR-ID", "workflows to bring in, the same as --only; default: all"),
    "report": ("files", "REPORT", "a shard's report: a path or a glob; the same as --files"),
}
FORMATS = ("text", "json", "sarif", "github", "junit")
MANIFEST = "flowship.yml"
LINT_INPUTS = {"root": ".", "manifest": MANIFEST}
INIT_OPTIONS = {
    "environments": "names, separated by commas, in the order in which a change reaches them: staging,production; default: production",
    "uses": "the action, OWNER/flowship@REF; in an existing GitHub workflow it replaces the one that is there",
    "sharded": "for hundreds of workflows: a GitHub workflow that deploys in several jobs",
    "ghes": "a GitHub workflow for GitHub Enterprise Server",
    "force": "overwrite an existing GitHub workflow; a manifest is never overwritten",
}
INIT_FLAGS = ("sharded", "ghes", "force")
SCHEMA_NAMES = ("manifest", "workflow", "flow", "evals", "report")


class CommandLine(NamedTuple):
    """What was typed. `options` are inputs by name; `words` the positional arguments; `sandbox` the parameters of its server, `init`
    the options of that command, all of them."""

    command: str
    options: Mapping[str, str] = {}
    words: tuple[str, ...] = ()
    format: str = "text"
    in_action: bool = False
    sandbox: Mapping[str, Any] = {}
    init: Mapping[str, str] = {}


def parse(arguments: list[str], environ: Mapping[str, str]) -> CommandLine | int:
    """The command line, or the exit code when there is nothing to run: help was asked for (0), or no such command exists (2).

    Raises UsageError for arguments that the command does not take.
    """
    action = _in_action(environ)
    if not arguments and (action or environ.get("FLOWSHIP_MODE")):
        return CommandLine("auto", in_action=action)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        from deployer.cli.help import overview

        print(overview(), end="")
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]
    if command == "lint" and not any(word.startswith("-") for word in rest):
        # Editors and hooks call it so: without options argparse is not loaded.
        return CommandLine("lint", _lint_inputs(environ), tuple(rest), in_action=action)
    try:
        return _lint(rest, environ, action) if command == "lint" else _parsed(command, rest, environ, action)
    except SystemExit as ended:
        return int(ended.code or 0)


def _in_action(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_ACTIONS") != "true":
        return False
    from deployer.config.reader import in_action

    return in_action(environ)


def _parsed(command: str, rest: list[str], environ: Mapping[str, str], action: bool) -> CommandLine | int:
    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    known = [*MODES, *LOCAL_COMMANDS]
    if command not in known:
        return _report_unknown(command, known)
    match command:
        case "sandbox":
            return _sandbox(rest)
        case "schema":
            return _schema(rest)
        case "init":
            return _init(rest, environ)
        case _:
            return CommandLine(command, _inputs(command, rest), in_action=action)


def _report_unknown(command: str, known: list[str]) -> int:
    import sys

    from deployer.model.text import did_you_mean, one_line

    print(f"flowship: unknown command {one_line(repr(command))}.{did_you_mean(command, known)} Commands: {', '.join(known)}.", file=sys.stderr)
    return 2


def _parser(command: str) -> "argparse.ArgumentParser":
    import argparse

    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(_with_suggestion(self, message), fix=f"`{self.prog} --help` lists its options.")

    # No abbreviations: an option added later must not change what a script meant.
    description = (MODES | LOCAL_COMMANDS)[command]
    return Parser(prog=f"flowship {command}", description=description, allow_abbrev=False, formatter_class=_formatter)


def _with_suggestion(parser: "argparse.ArgumentParser", message: str) -> str:
    """argparse's message, with the option that was probably meant."""
    from deployer.model.text import did_you_mean

    unknown = message.removeprefix("unrecognized arguments: ").split()[0].partition("=")[0] if message.startswith("unrecognized") else ""
    known = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]  # noqa: SLF001 - it has no other list
    return f"{message[:1].upper()}{message[1:]}.{did_you_mean(unknown, known) if unknown else ''}"


def _formatter(prog: str) -> "argparse.HelpFormatter":
    """With a width of our own: argparse makes a formatter for every option, and would load `shutil` to ask the terminal's."""
    import argparse

    columns = os.environ.get("COLUMNS", "")
    return argparse.HelpFormatter(prog, width=int(columns) if columns.isascii() and columns.isdigit() and int(columns) > 20 else 100)


def _inputs(command: str, rest: list[str]) -> dict[str, str]:
    """The inputs that were typed, by name. An input without a value of its own (`--dry-run`) is "true"."""
    from deployer.config.inputs import INPUTS, RECORD_OPTIONS

    parser = _parser(command)
    for row in INPUTS:
        if row.secret or row.name == "mode":
            continue
        extra: dict[str, Any] = {"choices": row.choices} if row.choices else {"metavar": row.name.upper()}
        if row.is_flag:
            extra |= {"nargs": "?", "const": "true"}
        if row.name in REPEATED:
            extra |= {"action": "append"}
        default = f" Default: {row.default}." if row.default and not row.default.startswith("$") else ""
        parser.add_argument(f"--{row.name}", help=(row.description + default).replace("%", "%%"), **extra)
    if command in WORDS:
        _, metavar, text = WORDS[command]
        parser.add_argument("words", nargs="*", metavar=metavar, help=text)
        rest = _with_flag_values(rest)
    if command == "eval":
        for option, (source, text) in RECORD_OPTIONS.items():
            parser.add_argument(option, dest="record", action="store_const", const=source, help=text)
        parser.add_argument("--tag", action="append", metavar="TAG", help="only cases with this tag; repeat for more")
    given = vars(parser.parse_args(rest))
    if words := given.pop("words", None):
        name = WORDS[command][0]
        given[name] = [*(given[name] or ()), *words]
    options = {name.replace("_", "-"): "\n".join(value) if isinstance(value, list) else value for name, value in given.items() if value is not None}
    return {"mode": command, **options}


def _with_flag_values(rest: list[str]) -> list[str]:
    """`--dry-run onboarding` is a flag and a name: a flag takes the word after it only when that is one of its values."""
    from deployer.config.inputs import INPUTS

    flags = {f"--{row.name}": row.choices for row in INPUTS if row.is_flag}
    following = [*rest[1:], ""]
    return [f"{word}=true" if word in flags and value not in flags[word] else word for word, value in zip(rest, following)]


def _lint_inputs(environ: Mapping[str, str]) -> dict[str, str]:
    """The inputs of `flowship lint` as variables give them, else their defaults."""
    given = {name: environ.get(f"FLOWSHIP_{name.upper()}", "").strip() or default for name, default in LINT_INPUTS.items()}
    return {"mode": "lint", **given}


def _lint(rest: list[str], environ: Mapping[str, str], action: bool) -> CommandLine:
    inputs = _lint_inputs(environ)
    parser = _parser("lint")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders; default: the manifest's files, or all below this folder")
    parser.add_argument("--root", default=inputs["root"], help="the folder that paths are relative to; default: this folder")
    parser.add_argument("--manifest", default=inputs["manifest"], help=f"the manifest; default: {MANIFEST}")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text; github prints a step's annotations")
    given = parser.parse_args(rest)
    return CommandLine("lint", {**inputs, "root": given.root, "manifest": given.manifest}, tuple(given.paths), given.format, in_action=action)


def _sandbox(rest: list[str]) -> CommandLine:
    from deployer.sandbox.__main__ import add_options

    parser = _parser("sandbox")
    add_options(parser)
    return CommandLine("sandbox", sandbox=vars(parser.parse_args(rest)))


def _schema(rest: list[str]) -> CommandLine:
    parser = _parser("schema")
    parser.add_argument("name", choices=SCHEMA_NAMES)
    return CommandLine("schema", words=(parser.parse_args(rest).name,))


def _init(rest: list[str], environ: Mapping[str, str]) -> CommandLine:
    parser = _parser("init")
    parser.add_argument("root", nargs="?", default=".", help="the repository; default: this folder")
    options = {name: environ.get(f"FLOWSHIP_{name.upper()}", "").strip() for name in INIT_OPTIONS}
    for name, text in INIT_OPTIONS.items():
        if name in INIT_FLAGS:
            parser.add_argument(f"--{name}", action="store_const", const="true", default=options[name], help=text)
        else:
            parser.add_argument(f"--{name}", metavar=name.upper(), default=options[name], help=text)
    given = vars(parser.parse_args(rest))
    return CommandLine(
        "init", words=(given.pop("root"),), init={name: value or ("false" if name in INIT_FLAGS else "") for name, value in given.items()}
    )
