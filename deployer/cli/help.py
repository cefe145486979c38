"""`flowship --help` and `flowship COMMAND --help`."""

import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from deployer.cli.args import WORD, WORDS
from deployer.config.inputs import LOCAL_COMMANDS, MODES, SUMMARY, Input
from deployer.config.options import COMMON, EXAMPLES, GROUPS

PAGE = "https://github.com/<OWNER>/flowship/blob/main/docs/command-line.md"
MAX_COLUMNS = 100
_OF_COMMANDS = re.compile(r"^For (?:a )?[a-z]+: |; for adopt also ids| For [a-z, ]+\.$")
_METAVARS = {
    "root": "FOLDER", "manifest": "FILE", "files": "FILE", "environment": "NAME", "only": "NAME", "report": "FILE", "sarif": "FILE", "junit": "FILE",
    "plan-hash": "HASH", "timeout": "SECONDS", "concurrency": "N", "shard": "N/M", "shards": "N", "pull-request": "N", "message": "TEXT",
    "tags": "PATTERNS", "tag": "TAG", "key-name": "NAME", "to": "WHERE", "port": "N", "store": "FILE", "targets": "FILE", "faults": "FILE",
    "environments": "NAMES", "uses": "ACTION", "against": "COMMIT", "html": "FILE",
    "host": "ADDRESS", "latency": "SECONDS", "values": "LINES", "base-urls": "LINES", "release": "WHEN", "endpoint": "CODE",
}  # fmt: skip
_OVERVIEW = """\
usage: flowship COMMAND [OPTION]...

{summary}

{commands}

`flowship COMMAND --help` lists its options.
Every option is also a variable: --plan-hash is FLOWSHIP_PLAN_HASH.
Keys come from FLOWSHIP_KEYS (NAME=value lines), FLOWSHIP_KEY_<NAME>, or
FLOWSHIP_API_KEY; never from the command line.
{page}
"""


def overview() -> str:
    """Every command in a line, and where keys come from."""
    commands = "\n".join(f"  {name:<10} {first_sentence(text)}" for name, text in (MODES | LOCAL_COMMANDS).items())
    return _OVERVIEW.format(summary=SUMMARY, commands=commands, page=PAGE)


def first_sentence(text: str) -> str:
    """The part of a description that names what a command does."""
    return text.partition("; ")[0].partition(": ")[0]


def command_help(command: str, rows: Sequence[Input], *, everything: bool) -> str:
    """The help of one command: its usual options and an example, or with `everything` all of them in groups."""
    columns = min(_columns(), MAX_COLUMNS)
    common = COMMON.get(command, "").split()
    text = (MODES | LOCAL_COMMANDS)[command]
    rows = [_for(command, row) for row in rows]
    blocks = [f"usage: {usage(command, rows)}", textwrap.fill(f"{text[:1].upper()}{text[1:]}.", columns)]
    blocks += filter(None, [_words(command, columns)])
    blocks += _groups(rows, columns) if everything else filter(None, [_listed((row for row in rows if row.name in common), columns)])
    blocks.append("\n".join(["examples:", *(f"  {example}" for example in EXAMPLES[command])]))
    blocks.append("\n".join(_end(command, len(rows) - sum(row.name in common for row in rows), everything=everything)))
    return "\n\n".join(blocks) + "\n"


def usage(command: str, rows: Sequence[Input]) -> str:
    """`flowship eval [OPTION]... [NAME]...`"""
    parts = ["flowship", command, *(["[OPTION]..."] if rows else [])]
    if command in WORD:
        metavar, default, choices = WORD[command]
        parts.append("{" + ",".join(choices) + "}" if choices else f"[{metavar}]" if default else metavar)
    return " ".join([*parts, f"[{WORDS[command][1]}]..."] if command in WORDS else parts)


def option_and_value(row: Input) -> str:
    """`--plan-hash HASH`; a flag alone, with the value that changes something."""
    if row.choices == ("true", "false"):
        return f"--{row.name} false" if row.default == "true" else f"--{row.name}"
    default = "URL" if row.name.endswith("-url") else "HOW" if row.choices else "VALUE"
    return f"--{row.name} {_METAVARS.get(row.name, default)}"


def described(row: Input) -> str:
    """Its description and its default."""
    shown = row.default and not row.default.startswith("$") and not row.is_flag and "Default:" not in row.description
    return f"{row.description} Default: {'this folder' if row.default == '.' else row.default}." if shown else row.description


def _for(command: str, row: Input) -> Input:
    """The row without what its description says of other commands."""
    text = _OF_COMMANDS.sub("", row.description.replace("for adopt also", "also") if command == "adopt" else row.description)
    return row._replace(description=f"{text[:1].upper()}{text[1:]}")


def _end(command: str, more: int, *, everything: bool) -> Iterator[str]:
    if more > 0 and not everything:
        yield f"`flowship {command} --help-all` lists {more} more."
    yield PAGE


def _words(command: str, columns: int) -> str:
    return _row(WORDS[command][1], WORDS[command][2], columns) if command in WORDS else ""


def _groups(rows: Sequence[Input], columns: int) -> Iterator[str]:
    """The options in groups, each with its title; what is in no group comes last."""
    known = {name for names in GROUPS.values() for name in names.split()}
    groups = [(title, [row for row in rows if row.name in names.split()]) for title, names in GROUPS.items()]
    for title, members in [*groups, ("More", [row for row in rows if row.name not in known])]:
        if members:
            yield f"{title.lower()}:\n{_listed(members, columns)}"


def _listed(rows: Iterable[Input], columns: int) -> str:
    return "\n".join(_row(option_and_value(row), described(row), columns) for row in rows)


def _row(name: str, text: str, columns: int) -> str:
    return textwrap.fill(text, columns, initial_indent=f"  {name:<22}  ", subsequent_indent=" " * 26, break_on_hyphens=False)


def _columns() -> int:
    """Of the terminal. COLUMNS comes first, as in a shell."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given) > 40:
        return int(given)
    try:
        return os.get_terminal_size().columns or MAX_COLUMNS
    except OSError:
        return MAX_COLUMNS
