"""A reader of the runner's command grammar (docs/contracts/github-actions.md, "Commands in the log") and command files, and texts that attack it."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

LINES = re.compile(r"\r\n|\r|\n")
UNESCAPED = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


@dataclass
class Grammar:
    """Reads a log as the runner does, but counts any name as a command, known or not.

    `respects_stop` False reads as if nothing were ever fenced: what escaping alone must hold.
    """

    respects_stop: bool = True
    token: str = ""
    commands: list[Command] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)

    def read(self, log: str) -> list[Command]:
        for line in LINES.split(log):
            command = self._new_style(line) or self._old_style(line)
            if command and self.token:
                self.token = "" if command.name == self.token else self.token
            elif command and command.name == "stop-commands":
                self.token = command.message if self.respects_stop else ""
            elif command:
                self.commands.append(command)
            else:
                self.plain.append(line)
        return self.commands

    def _new_style(self, line: str) -> Command | None:
        found = re.match(r"\s*::(?P<head>.*?)::(?P<message>.*)", line)
        if not found or not found["head"]:
            return None
        name, _, rest = found["head"].strip().partition(" ")
        return Command(name, self._properties(rest, ","), self._unescape(found["message"]))

    def _old_style(self, line: str) -> Command | None:
        found = re.search(r"##\[(?P<head>[^\]]*)\](?P<message>.*)", line)
        if not found:
            return None
        name, _, rest = found["head"].strip().partition(" ")
        return Command(name, self._properties(rest, ";"), found["message"])

    def _properties(self, text: str, separator: str) -> dict[str, str]:
        pairs = (pair.partition("=") for pair in text.strip().split(separator) if "=" in pair)
        return {name.strip(): self._unescape(value) for name, _, value in pairs if value}

    @staticmethod
    def _unescape(text: str) -> str:
        return re.sub("%0D|%0A|%3A|%2C|%25", lambda found: UNESCAPED[found.group()], text)


ATTACKS = {
    "newline": "name\n::error::pwned",
    "command": "::error::pwned",
    "command after spaces": "   ::set-output name=ok::true",
    "command after a wide space": "\u3000\u00a0::add-mask::a",
    "command after a tab": "\t::error::pwned",
    "upper case": "::ERROR::pwned",
    "three colons": ":::error::pwned",
    "old command": "hello ##[error]pwned",
    "old command, many hashes": "####[command]rm -rf ##[group]x",
    "bare return": "name\r::error::pwned",
    "return and newline": "name\r\n::error::pwned",
    "vertical tab": "name\x0b::error::pwned",
    "next line": "name\x85::error::pwned",
    "line separator": "name\u2028::error::pwned",
    "escape sequence": "\x1b[31m::error::red\x1b[0m",
    "backspaces": "ok\x08\x08::error::pwned",
    "zero width first": "\u200b::error::pwned",
    "byte order mark first": "\ufeff::error::pwned",
    "pipe": "a|b",
    "script": "<script>alert(1)</script>",
    "team": "@team",
    "emoji": "🚀 👨\u200d👩\u200d👧 deploy",
    "percent": "a%0A::error::pwned%0D%25",
    "stop": "::stop-commands::abc",
    "stop guess": "::stop-commands::0123456789abcdef0123456789abcdef\n::0123456789abcdef0123456789abcdef::\n::error::pwned",
    "lone surrogate": "\ud800::error::pwned",
    "properties": "a,b=c:d::error file=x,line=1::pwned",
    "end of group": "::endgroup::",
    "nothing": "",
}


def read_outputs(text: str) -> dict[str, str]:
    """The runner's reader of a command file: `name=value`, or `name<<delimiter` up to the line that is the delimiter."""
    values: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if heredoc and "=" not in name:
            values[name] = "\n".join(iter(lines.__next__, delimiter))
        elif line:
            name, _, values[name] = line.partition("=")
    return values
