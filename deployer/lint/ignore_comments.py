"""Comments in YAML for the linter: `# flowship: ignore rule-name[, rule-name] -- reason`.

At the end of a line, a comment applies to findings that begin on that line; on a line of its own, to the next line with content;
above all content, to the file as a whole too. A `#` inside a text value is no comment.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from deployer.formats.positions import Lines, read_marks
from deployer.model.finding import Finding, Span

SIGN = "flowship:"
_COMMENT = r"(?m)(?:^|(?<=[ \t]))#[ \t]*flowship:(?P<directive>.*?)\r?$"
_IGNORE = r"[ \t]*ignore[ \t]+(?P<rules>[a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)(?:[ \t]+--(?P<reason>.*))?[ \t]*"
_BLOCK = r"(?:[&!][^ \t\n]*[ \t]+)*[|>]"
_CONTENT = r"(?m)^[ \t]*[^ \t\r\n#]"


class IgnoreComment(NamedTuple):
    """`rules` is () when the comment cannot be parsed. It applies to findings on the lines `first` to `last`; with `whole` also to the file's."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    whole: bool


class IgnoreComments:
    """The comments of one file, indexed by line and rule."""

    __slots__ = ("_by_line_and_rule", "_first_lines", "listed")

    def __init__(self, listed: tuple[IgnoreComment, ...]) -> None:
        self.listed = listed
        self._by_line_and_rule: dict[tuple[int, str], list[IgnoreComment]] = {}  # by first line (0 for the whole file)
        self._first_lines: dict[int, set[int]] = {}  # for each line, the first lines of the comments that cover it
        for comment in listed:
            for rule in comment.rules:
                for first in (comment.first, *(0,) * comment.whole):
                    self._by_line_and_rule.setdefault((first, rule), []).append(comment)
            if comment.first not in self._first_lines.get(comment.first, ()):
                for line in range(comment.first, comment.last + 1):
                    self._first_lines.setdefault(line, set()).add(comment.first)

    def matching(self, finding: Finding) -> list[IgnoreComment]:
        firsts = {0} if finding.span is None else self._first_lines.get(finding.span.line, ())
        return [comment for first in firsts for comment in self._by_line_and_rule.get((first, finding.rule), ())]


def parse_comments(text: str) -> tuple[IgnoreComment, ...]:
    """Every comment for Flowship in a valid YAML text."""
    matches = list(re.finditer(_COMMENT, text)) if SIGN in text else []
    if not matches:
        return ()
    texts = [(mark.start, mark.end) for mark in read_marks(text, "yaml") if mark.kind in ("scalar", "key") and mark.end > mark.start]
    lines = Lines(text)
    content_lines = [lines.at(match.start())[0] for match in re.finditer(_CONTENT, text)]
    last_lines = {lines.at(start)[0]: lines.at(max(start, end - 1))[0] for start, end in texts}  # of the last text that begins on a line
    return tuple(_parse_comment(match, lines, content_lines, last_lines) for match in matches if not _is_in_text(text, match.start(), texts))


def _is_in_text(text: str, offset: int, texts: list[tuple[int, int]]) -> bool:
    """Whether the offset is inside a text value. The rest of the line after a block's `|` or `>` is outside."""
    start, end = texts[bisect_right(texts, (offset, -1)) - 1] if texts else (0, 0)
    if re.compile(_BLOCK).match(text, start):
        start = text.find("\n", start)
    return start <= offset < end


def _parse_comment(match: "re.Match[str]", lines: Lines, content_lines: list[int], last_lines: dict[int, int]) -> IgnoreComment:
    """`last_lines` are the last lines of the texts, by the line on which they begin."""
    line, column = lines.at(match.start())
    own_line = not match.string[match.start() - column + 1 : match.start()].strip()
    following = bisect_right(content_lines, line)
    first = line if not own_line else content_lines[following] if following < len(content_lines) else 0
    ignore = re.fullmatch(_IGNORE, match["directive"])
    rules = tuple(dict.fromkeys(re.split(r"[ \t]*,[ \t]*", ignore["rules"]))) if ignore else ()
    reason = (ignore["reason"] or "").strip() if ignore else ""
    return IgnoreComment(lines.span(*match.span()), rules, reason, first, max(first, last_lines.get(first, 0)), whole=own_line and following == 0)
