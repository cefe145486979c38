"""Command-line arguments: one parser per command, built for the command that was typed only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deployer.model.errors import UsageError
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, NoReturn

    from deployer.config.inputs import Input

REPEATED = ("files", "only", "tag", "base-urls")
# The positional arguments of a command: the option they are a short form of ("" for none), their name in its help, and the help.
WORDS = {
    "lint": ("", "PATH", "Files or folders. Default: the manifest's files, or all below this folder."),
    "eval": ("only", "NAME", "Workflows whose evals to run, the same as --only. Default: all."),
    "adopt": ("only", "NAME-OR-ID", "Workflows to bring in, the same as --only. Default: all."),
    "show": ("only", "WORKFLOW", "Workflows to show. Default: a line for each of the manifest."),
    "report": ("files", "REPORT", "A shard's report: a path or a glob; the same as --files."),
}
# One positional argument: its name in the help, its default ("" where it must be given), and what it may be.
WORD: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "init": ("FOLDER", ".", ()),
    "schema": ("NAME", "", ("manifest", "workflow", "flow", "evals", "report")),
    "completion": ("SHELL", "", ("bash", "zsh", "fish")),
}
LINT_DEFAULTS = {"root": ".", "manifest": "flowship.yml", "notes": "false", "format": "text"}
# Commands of other programs, and what they are called here.
SYNONYMS = {
    "apply": "deploy", "up": "deploy", "push": "deploy", "release": "deploy --release always", "promote": "deploy --release always", "sync": "deploy",
    "destroy": "deploy --prune", "prune": "deploy --prune", "delete": "deploy --prune", "undo": "rollback", "revert": "rollback",
    "validate": "lint", "check": "lint", "fmt": "lint", "diff": "plan", "status": "drift", "refresh": "drift", "import": "adopt", "pull": "adopt",
    "test": "eval", "evals": "eval", "clean": "cleanup", "new": "init", "serve": "sandbox", "login": "doctor", "version": "--version",
    "completions": "completion", "-v": "--version", "-V": "--version",
}  # fmt: skip

OPTION_SYNONYMS = {
    "--auto-approve": "--yes", "-y": "--yes", "--target": "--only", "--filter": "--only", "--env": "--environment", "-e": "--environment",
    "--config": "--manifest", "-f": "--manifest", "--output": "--format", "-o": "--format", "--detailed-exitcode": "--exit-code",
    "--check": "--dry-run", "-n": "--dry-run", "--verbose": "--notes", "-v": "--notes", "--parallelism": "--concurrency",
}  # fmt: skip
KEY_OPTIONS = ("--keys", "--key", "--api-key", "--token")


class CommandLine(NamedTuple):
    """What was typed. `options` by name, of `lint`, `init` and `sandbox` with variables and defaults; `words` are the positional arguments."""

    command: str
    options: Mapping[str, str] = {}
    words: tuple[str, ...] = ()
    in_action: bool = False


def parse(arguments: list[str], environ: Mapping[str, str]) -> CommandLine | int:
    """The command line, or the exit code when there is nothing to run: help was asked for (0), or no such command exists (2).

    Raises UsageError for arguments that the command does not take.
    """
    action = _in_action(environ)
    if not arguments and (action or environ.get("FLOWSHIP_MODE")):
        return CommandLine("auto", in_action=action)
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command in ("", "-h", "--help", "help"):
        return _show_help(rest) if arguments else _overview(2)
    if command != "lint" and not _is_command(command):
        return _report_unknown(command)
    if any(word in ("-h", "--help", "--help-all") for word in rest):
        return _show_help([command, *rest])
    if command == "lint" and not _has_options(rest, environ):
        # Editors and hooks call it so: without options argparse is not loaded.
        return CommandLine("lint", _lint_inputs(environ), tuple(rest), in_action=action)
    return _parsed(command, rest, environ)._replace(in_action=action)


def _has_options(rest: list[str], environ: Mapping[str, str]) -> bool:
    return any(word.startswith("-") for word in rest) or any(environ.get(variable) for variable in ("FLOWSHIP_NOTES", "FLOWSHIP_FORMAT"))


def _in_action(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_ACTIONS") != "true":
        return False
    from deployer.config.reader import in_action

    return in_action(environ)


def _lint_inputs(environ: Mapping[str, str]) -> dict[str, str]:
    """The inputs of `flowship lint` as variables give them, else their defaults."""
    return {"mode": "lint", **{name: environ.get(f"FLOWSHIP_{name.upper()}", "").strip() or default for name, default in LINT_DEFAULTS.items()}}


def _is_command(command: str) -> bool:
    from deployer.config.inputs import LOCAL_COMMANDS, MODES

    return command in MODES or command in LOCAL_COMMANDS


def _show_help(rest: list[str]) -> int:
    """`flowship help deploy`; without a command, the overview."""
    if not rest:
        return _overview(0)
    if not _is_command(rest[0]):
        return _report_unknown(rest[0])
    from deployer.cli.help import command_help

    print(command_help(rest[0], rows_of(rest[0]), everything="--help-all" in rest), end="")
    return 0


def _overview(code: int) -> int:
    from deployer.cli.help import overview

    print(overview(), end="")
    return code


def _report_unknown(command: str) -> int:
    import sys

    from deployer.config.inputs import LOCAL_COMMANDS, MODES
    from deployer.model.near_names import did_you_mean
    from deployer.model.text import one_line

    meant = SYNONYMS.get(command.lower())
    suggestion = f"Did you mean `flowship {meant}`?" if meant else did_you_mean(command, [*MODES, *LOCAL_COMMANDS]).strip()
    what, fix = f"unknown command {one_line(repr(command))}.", suggestion or "`flowship --help` lists the commands."
    if command.startswith("-") and not meant:
        what, fix = f"{one_line(repr(command))} stands where a command is expected.", "Write the command first: flowship COMMAND [OPTION]..."
    print(f"flowship: {what} Fix: {fix}", file=sys.stderr)
    return 2


def rows_of(command: str) -> tuple[Input, ...]:
    """Every option of a command."""
    if command == "sandbox":
        return _sandbox_rows()
    from deployer.config.options import options_of

    return options_of(command)


def _sandbox_rows() -> tuple[Input, ...]:
    """The options of the sandbox's own parser."""
    import argparse

    from deployer.config.inputs import Input
    from deployer.sandbox.__main__ import add_options

    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    actions = parser._actions  # noqa: SLF001 - it has no other list
    return tuple(
        Input(action.option_strings[0].removeprefix("--"), str("" if action.default is None else action.default), _sentence(action.help or ""))
        for action in actions
    )


def _sentence(text: str) -> str:
    text = text.partition(" (default")[0]
    return f"{text[:1].upper()}{text[1:]}."


def make_parser(command: str, rows: Iterable[Input]) -> argparse.ArgumentParser:
    """The parser of a command. It checks no values: `deployer.config.reader` checks those of options and of variables alike."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            option, missing, _ = message.removeprefix("argument ").partition(": expected one argument")
            message = f"`{option}` needs a value" if missing else message
            raise UsageError(f"{message[:1].upper()}{message[1:]}.", fix=f"`{self.prog} --help` lists its options.")

    # No abbreviations: an option added later must not change what a script meant.
    parser = Parser(prog=f"flowship {command}", allow_abbrev=False, add_help=False)
    for row in rows:
        extra: dict[str, Any] = {"nargs": "?", "const": "true"} if row.is_flag else {}
        parser.add_argument(f"--{row.name}", action="append" if row.name in REPEATED else "store", metavar="VALUE", **extra)
    if command in WORDS or command in WORD:
        parser.add_argument("words", nargs="*")
    return parser


def _parsed(command: str, rest: list[str], environ: Mapping[str, str]) -> CommandLine:
    from deployer.config.inputs import LOCAL_COMMANDS, LOCAL_MODE

    rows = rows_of(command)
    is_local = command in LOCAL_COMMANDS and command != LOCAL_MODE
    given, unknown = make_parser(command, rows).parse_known_intermixed_args(_with_flag_values(rest, rows))
    if unknown:
        raise _unknown_option(command, unknown[0], rows) if unknown[0].startswith("-") else _unexpected_word(command, unknown[0], rest, rows)
    typed = {name.replace("_", "-"): value for name, value in vars(given).items() if value is not None}
    words = tuple(typed.pop("words", ()))
    if command in WORDS and (name := WORDS[command][0]) and words:
        typed[name], words = [*typed.get(name, ()), *words], ()
    options = {name: "\n".join(value) if isinstance(value, list) else value for name, value in typed.items()}
    if command in WORD:
        words = (_one_word(command, words),)
    if command == "lint" or is_local:
        from deployer.config.reader import read_local

        options = read_local(rows, options, environ)
    return CommandLine(command, options if is_local else {"mode": command, **options}, words)


def _one_word(command: str, words: tuple[str, ...]) -> str:
    """Raises UsageError for none or several, and for one that it may not be."""
    metavar, default, choices = WORD[command]
    word = words[0] if words else default
    if len(words) < 2 and word and (not choices or word in choices):
        return word
    from deployer.model.near_names import did_you_mean

    what = f"{metavar} is {word!r}.{did_you_mean(word, choices)}" if word and len(words) < 2 else f"Expected one {metavar}, got {len(words)}."
    raise UsageError(what, fix=f"Use one of: {', '.join(choices)}." if choices else f"Name one {metavar.lower()}.")


def _unknown_option(command: str, word: str, rows: Iterable[Input]) -> UsageError:
    """The error for an option that the command does not have, with the commands that have it, or the option that was probably meant."""
    from deployer.config.inputs import KEY_PREFIX
    from deployer.config.options import commands_with
    from deployer.model.near_names import did_you_mean

    option, fix = word.partition("=")[0], f"`flowship {command} --help-all` lists its options."
    if others := commands_with(option.removeprefix("--")):
        return UsageError(f"{option} is no option of `flowship {command}`. These have it: {', '.join(others)}.", fix=fix)
    if option in KEY_OPTIONS:
        fix = f"Set FLOWSHIP_KEYS (NAME=value lines), {KEY_PREFIX}NAME or FLOWSHIP_API_KEY: what is typed stays in the shell's history."
        return UsageError(f"{option} is no option: keys are not taken from the command line.", fix=fix)
    known = [f"--{row.name}" for row in rows]
    meant = OPTION_SYNONYMS.get(option, option)
    suggestion = f"Did you mean `{meant}`?" if meant in known else did_you_mean(option, known).strip()
    return UsageError(f"Unrecognized arguments: {word}.", fix=suggestion or fix)


def _unexpected_word(command: str, word: str, rest: list[str], rows: Iterable[Input]) -> UsageError:
    """The error for a word that is no option: what the option before it takes, where that is a flag; else where names of workflows stand."""
    by_option = {f"--{row.name}": row for row in rows}
    flag = by_option.get(rest[rest.index(word) - 1]) if word in rest[1:] else None
    fix = f"`flowship {command} --help-all` lists its options."
    if "--only" in by_option:
        fix = "Name workflows with `--only NAME`, several with commas between them."
    if flag and flag.is_flag:
        fix = f"After --{flag.name}, write nothing or one of: {', '.join(flag.choices)}."
    return UsageError(f"`flowship {command}` does not take the word {word!r} there.", fix=fix)


def _with_flag_values(rest: list[str], rows: Iterable[Input]) -> list[str]:
    """`--dry-run onboarding` is a flag and a name: a flag takes the word after it only when that is one of its values."""
    flags = {f"--{row.name}": row.choices for row in rows if row.is_flag}
    following = [*rest[1:], ""]
    return [f"{word}=true" if word in flags and value not in flags[word] else word for word, value in zip(rest, following)]
