"""Command-line arguments: one parser per command, built for the command that was typed only."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from deployer.model.errors import UsageError

if TYPE_CHECKING:
    import argparse

REPEATED = ("files", "only")
# What the words after a command are: the input they stand for, and what its help says of them.
WORDS = {
    "eval": ("only", "NAME", "workflows whose evals to run; default: all"),
    "adopt": ("only", "NAME-OR-ID", "workflows to bring in, the same as --only; default: all"),
    "report": ("files", "REPORT", "a shard's report: a path or a glob; the same as --files"),
}
FORMATS = ("text", "json", "sarif", "github", "junit")
MANIFEST = "flowship.yml"
NAMES_OF_SCHEMAS = ("manifest", "workflow", "flow", "evals", "report")


class CommandLine(NamedTuple):
    """What was typed. `options` are inputs by name; `words` the positional arguments; `sandbox` what `serve` takes."""

    command: str
    options: Mapping[str, str] = {}
    words: tuple[str, ...] = ()
    format: str = "text"
    force: bool = False
    sharded: bool = False
    in_action: bool = False
    sandbox: Mapping[str, Any] = {}


def parse(arguments: list[str], environ: Mapping[str, str]) -> CommandLine | int:
    """A request, or the exit code where there is nothing more to do (help was asked for, or the arguments are wrong: 2)."""
    action = _in_action(environ)
    if not arguments:
        if action or environ.get("FLOWSHIP_MODE"):
            return CommandLine("auto", in_action=action)
        print(overview(), end="")
        return 2
    command, rest = arguments[0], arguments[1:]
    if command in ("-h", "--help", "help"):
        print(overview(), end="")
        return 0
    if command == "lint" and not any(word.startswith("-") for word in rest):
        # No options, nothing to parse: editors and hooks call it so, and do not pay for argparse.
        return CommandLine("lint", {"mode": "lint", "manifest": MANIFEST}, tuple(rest), in_action=action)
    try:
        return _lint(rest, action) if command == "lint" else _parsed(command, rest, action)
    except SystemExit as ended:
        return int(ended.code or 0)


def _in_action(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_ACTIONS") != "true":
        return False
    from deployer.config.settings import in_action

    return in_action(environ)


def overview() -> str:
    """`flowship --help`."""
    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    rows = [f"  {name:<9} {text}" for name, text in (MODES | LOCAL_COMMANDS).items()]
    return "\n".join(
        [
            "usage: flowship COMMAND [OPTION]...",
            "",
            "Ships AI workflows from git: GPTBots .flow files and meinGPT workflow YAML.",
            "",
            *rows,
            "",
            "`flowship COMMAND --help` lists its options. Every option is also a variable (`--plan-hash`: FLOWSHIP_PLAN_HASH).",
            "Keys come from FLOWSHIP_KEYS (NAME=value lines), FLOWSHIP_KEY_<NAME>, or FLOWSHIP_API_KEY; never from the command line.",
            "",
        ]
    )


def _unknown(command: str) -> int:
    import sys

    from deployer.config.inputs import LOCAL_COMMANDS, MODES
    from deployer.config.settings import nearest
    from deployer.model.text import one_line

    known = [*MODES, *LOCAL_COMMANDS]
    print(f"flowship: unknown command {one_line(repr(command))}.{nearest(command, known)} Commands: {', '.join(known)}.", file=sys.stderr)
    return 2


def _parsed(command: str, rest: list[str], action: bool) -> CommandLine | int:
    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    if command not in MODES and command not in LOCAL_COMMANDS:
        return _unknown(command)
    match command:
        case "sandbox":
            return _sandbox(rest)
        case "schema":
            return _schema(rest)
        case "init":
            return _init(rest)
        case _:
            return CommandLine(command, _inputs(command, rest), in_action=action)


def _parser(command: str) -> "argparse.ArgumentParser":
    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    return _bare_parser(command, (MODES | LOCAL_COMMANDS)[command])


def _bare_parser(command: str, description: str) -> "argparse.ArgumentParser":
    import argparse

    # No abbreviations: an option added later must not change what a script meant.
    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(_in_our_words(self, message), fix=f"`{self.prog} --help` lists what it takes.")

    return Parser(prog=f"flowship {command}", description=description, allow_abbrev=False, formatter_class=_formatter)


def _in_our_words(parser: "argparse.ArgumentParser", message: str) -> str:
    """argparse's message, with the option that was probably meant."""
    from deployer.config.settings import nearest

    said = message[:1].upper() + message[1:]
    unknown = message.removeprefix("unrecognized arguments: ").split()[0].partition("=")[0] if message.startswith("unrecognized") else ""
    known = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]  # noqa: SLF001 - it has no other list
    return f"{said}.{nearest(unknown, known) if unknown else ''}"


def _formatter(prog: str) -> "argparse.HelpFormatter":
    """With a width of our own: argparse makes a formatter for every option, and would load `shutil` to ask the terminal's."""
    import argparse

    columns = os.environ.get("COLUMNS", "")
    return argparse.HelpFormatter(prog, width=int(columns) if columns.isascii() and columns.isdigit() and int(columns) > 20 else 100)


def _inputs(command: str, rest: list[str]) -> dict[str, str]:
    from deployer.config.inputs import INPUTS

    parser = _parser(command)
    for each in INPUTS:
        if each.secret or each.name == "mode":
            continue
        extra: dict[str, Any] = {"choices": each.choices} if each.choices else {"metavar": each.name.upper()}
        if each.may_stand_alone:
            extra |= {"nargs": "?", "const": "true"}
        if each.name in REPEATED:
            extra |= {"action": "append"}
        default = f" Default: {each.default}." if each.default and not each.default.startswith("$") else ""
        parser.add_argument(f"--{each.name}", help=(each.description + default).replace("%", "%%"), **extra)
    if command in WORDS:
        _, metavar, what = WORDS[command]
        parser.add_argument("words", nargs="*", metavar=metavar, help=what)
        rest = _told_apart(rest)
    if command == "eval":
        _add_of_check(parser)
    given = vars(parser.parse_args(rest))
    if words := given.pop("words", None):
        name = WORDS[command][0]
        given[name] = [*(given[name] or ()), *words]
    options = {name.replace("_", "-"): "\n".join(value) if isinstance(value, list) else value for name, value in given.items() if value is not None}
    return {"mode": command, **options}


def _add_of_check(parser: "argparse.ArgumentParser") -> None:
    """What only a person at a terminal asks for."""
    said = "write what comes back as expectations, in a new suite beside the old one, for you to read"
    parser.add_argument("--record", dest="record", action="store_const", const="answers", help=said)
    said = "write a suite from the last runs in GPTBots' logs, for you to read; runs nothing"
    parser.add_argument("--from-logs", dest="record", action="store_const", const="logs", help=said)
    parser.add_argument("--tag", action="append", metavar="TAG", help="only cases with this tag; repeat for more")


def _told_apart(rest: list[str]) -> list[str]:
    """`--dry-run onboarding` is a flag and a name: a flag takes the word after it only when that is one of its values."""
    from deployer.config.inputs import INPUTS

    flags = {f"--{each.name}": each.choices for each in INPUTS if each.may_stand_alone}
    after = [*rest[1:], ""]
    return [f"{word}=true" if word in flags and following not in flags[word] else word for word, following in zip(rest, after)]


def _lint(rest: list[str], action: bool) -> CommandLine:
    parser = _bare_parser("lint", "read and check files; no key, no network")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files or folders; default: the manifest's files, or all below this folder")
    parser.add_argument("--manifest", default=MANIFEST, help=f"the manifest; default: {MANIFEST}")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text; github prints a step's annotations")
    given = parser.parse_args(rest)
    return CommandLine("lint", {"mode": "lint", "manifest": given.manifest}, tuple(given.paths), given.format, in_action=action)


def _sandbox(rest: list[str]) -> CommandLine:
    parser = _parser("sandbox")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default: 127.0.0.1")
    parser.add_argument("--port", type=int, default=8787, help="port; 0 picks a free one; default: 8787")
    parser.add_argument("--store", metavar="FILE", help="keep everything in this SQLite file; default: in memory")
    parser.add_argument("--targets", metavar="FILE", help="declare targets and organisations (YAML)")
    parser.add_argument("--faults", metavar="FILE", help="rules for what goes wrong (YAML)")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="wait this long before each reply")
    return CommandLine("sandbox", sandbox=vars(parser.parse_args(rest)))


def _schema(rest: list[str]) -> CommandLine:
    parser = _parser("schema")
    parser.add_argument("name", choices=NAMES_OF_SCHEMAS)
    return CommandLine("schema", words=(parser.parse_args(rest).name,))


def _init(rest: list[str]) -> CommandLine:
    parser = _parser("init")
    parser.add_argument("root", nargs="?", default=".", help="the repository; default: this folder")
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.add_argument("--sharded", action="store_true", help="for hundreds of workflows: a GitHub workflow that ships in several jobs")
    given = parser.parse_args(rest)
    return CommandLine("init", words=(given.root,), force=given.force, sharded=given.sharded)
