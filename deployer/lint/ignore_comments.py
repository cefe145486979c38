"""Comments in YAML that speak to the linter: `# flowship: ignore rule-name[, rule-name] -- reason`.

At the end of a line one is about what begins on that line; on a line of its own, about the next line that holds something;
and above everything else, about the file as a whole too. What stands inside a text is text.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from deployer.formats.positions import Lines, marks
from deployer.model.finding import Finding, Span

SIGN = "flowship:"
_COMMENT = r"(?m)(?:^|(?<=[ \t]))#[ \t]*flowship:(?P<said>.*?)\r?$"
_IGNORE = r"[ \t]*ignore[ \t]+(?P<rules>[a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)(?:[ \t]+--(?P<reason>.*))?[ \t]*"
_BLOCK = r"(?:[&!][^ \t\n]*[ \t]+)*[|>]"
_HOLDS = r"(?m)^[ \t]*[^ \t\r\n#]"


class IgnoreComment(NamedTuple):
    """`rules` is () when it cannot be read. It is about findings that begin on the lines `first` to `last`, with `whole` also about the file's."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    whole: bool


class IgnoreComments:
    """The comments of one file, to be found by what they are about."""

    __slots__ = ("_about", "_lines", "listed")

    def __init__(self, listed: tuple[IgnoreComment, ...]) -> None:
        self.listed = listed
        self._about: dict[tuple[int, str], list[IgnoreComment]] = {}  # by first line (0 for the whole file) and rule
        self._lines: dict[int, set[int]] = {}  # the first lines of what covers a line
        for comment in listed:
            for rule in comment.rules:
                for first in (comment.first, *(0,) * comment.whole):
                    self._about.setdefault((first, rule), []).append(comment)
            if comment.first not in self._lines.get(comment.first, ()):
                for line in range(comment.first, comment.last + 1):
                    self._lines.setdefault(line, set()).add(comment.first)

    def about(self, finding: Finding) -> list[IgnoreComment]:
        firsts = {0} if finding.span is None else self._lines.get(finding.span.line, ())
        return [comment for first in firsts for comment in self._about.get((first, finding.rule), ())]


def comments(text: str) -> tuple[IgnoreComment, ...]:
    """Every comment to us in a YAML text that can be read."""
    found = list(re.finditer(_COMMENT, text)) if SIGN in text else []
    if not found:
        return ()
    texts = [(mark.start, mark.end) for mark in marks(text, "yaml") if mark.kind in ("scalar", "key") and mark.end > mark.start]
    lines = Lines(text)
    holding = [lines.at(each.start())[0] for each in re.finditer(_HOLDS, text)]
    ends = {lines.at(start)[0]: lines.at(max(start, end - 1))[0] for start, end in texts}  # of the last text that begins on a line
    return tuple(_comment(each, lines, holding, ends) for each in found if not _inside(text, each.start(), texts))


def _inside(text: str, offset: int, texts: list[tuple[int, int]]) -> bool:
    """In a text? What stands after the `|` or `>` of a block is not in it yet."""
    start, end = texts[bisect_right(texts, (offset, -1)) - 1] if texts else (0, 0)
    if re.compile(_BLOCK).match(text, start):
        start = text.find("\n", start)
    return start <= offset < end


def _comment(found: "re.Match[str]", lines: Lines, holding: list[int], ends: dict[int, int]) -> IgnoreComment:
    """`holding` are the lines that hold more than a comment, `ends` the last lines of the texts by those they begin on."""
    line, column = lines.at(found.start())
    own_line = not found.string[found.start() - column + 1 : found.start()].strip()
    next_one = bisect_right(holding, line)
    first = line if not own_line else holding[next_one] if next_one < len(holding) else 0
    read = re.fullmatch(_IGNORE, found["said"])
    rules = tuple(dict.fromkeys(re.split(r"[ \t]*,[ \t]*", read["rules"]))) if read else ()
    reason = (read["reason"] or "").strip() if read else ""
    return IgnoreComment(lines.span(*found.span()), rules, reason, first, max(first, ends.get(first, 0)), whole=own_line and next_one == 0)
