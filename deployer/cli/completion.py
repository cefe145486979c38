"""`flowship completion SHELL`: a script that completes commands, options and their values, without starting Flowship at each key.

Made by shtab from the parsers themselves, so that it lists what they take.
"""

import argparse
import re
from typing import Any

import shtab

from deployer.cli.args import WORD, rows_of
from deployer.cli.help import PAGE, described, first_sentence
from deployer.config.inputs import LOCAL_COMMANDS, MODES, Input

_FILES = ("manifest", "files", "report", "sarif", "junit", "store", "targets", "faults")
_WHERE_TO_PUT_IT = re.compile(r"# Usage:\n(?:#.*\n)+")  # shtab's own words name other folders than our page


def completion_command(shell: str) -> int:
    """Print the script of that shell; returns the exit code."""
    script = shtab.complete(whole_parser(), shell=shell)
    print(_WHERE_TO_PUT_IT.sub(f"# Where to put it: {PAGE}#completion\n", script, count=1), end="")
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """All commands in one parser. It is read by shtab only: `deployer.cli.args` builds the one of the command that was typed."""
    parser = argparse.ArgumentParser(prog="flowship")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command")
    for command, text in (MODES | LOCAL_COMMANDS).items():
        help_text = first_sentence(text)
        _fill(commands.add_parser(command, help=help_text, description=help_text, add_help=False), command)
    return parser


def _fill(parser: argparse.ArgumentParser, command: str) -> None:
    for option in ("--help", "--help-all"):
        parser.add_argument(option, action="store_true", help="list the options" + " of every kind" * (option == "--help-all"))
    for row in rows_of(command):
        action = parser.add_argument(f"--{row.name}", help=described(row).replace("%", "%%"), **_values(row))
        if row.name in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif row.name == "root":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    if command in WORD and WORD[command][2]:
        parser.add_argument("word", choices=WORD[command][2])
    elif command in ("init", "lint", "report"):
        parser.add_argument("words", nargs="*").complete = shtab.DIRECTORY if command == "init" else shtab.FILE  # type: ignore[attr-defined]


def _values(row: Input) -> dict[str, Any]:
    """A flag takes no value here: what follows it is usually the next option."""
    return {"action": "store_true"} if row.is_flag and row.default == "false" and len(row.choices) == 2 else {"choices": row.choices or None}
