"""Comments in YAML for the linter: `# flowship: ignore rule-name[, rule-name] -- reason`.

At the end of a line, a comment applies to findings that begin on that line; on a line of its own, to the next line with content;
above all content, to the file as a whole too. A `#` inside a text value is no comment.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right

from deployer.formats.marks import COMMENT_SIGN
from deployer.formats.positions import Lines, read_marks
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.finding import Finding, Span

_COMMENT = r"(?m)#(?:(?<=^#)|(?<=[ \t]#))[ \t]*flowship:(?P<directive>.*?)\r?$"  # its first sign is quick to search for
_IGNORE = r"[ \t]*ignore[ \t]+(?P<rules>[a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)(?:[ \t]+--(?P<reason>.*))?[ \t]*"
_BLOCK = r"(?:[&!][^ \t\n]*[ \t]+)*[|>]"
_CONTENT = r"(?m)^[ \t]*[^ \t\r\n#]"
_TEXTS = frozenset(("scalar", "key"))
_NO_CONTENT = sys.maxsize


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
    matches = list(re.finditer(_COMMENT, text)) if COMMENT_SIGN in text else []
    if not matches:
        return ()
    texts = [(start, end) for kind, start, end, _ in read_marks(text, "yaml") if end > start and kind in _TEXTS]
    lines, find_content = Lines(text), re.compile(_CONTENT).search
    contents = _starts(find_content(text))
    comments = []
    for match in matches:
        if contents[-1] < match.start():
            contents += _starts(find_content(text, match.end()))
        if not _is_in_text(text, match.start(), texts):
            comments.append(_parse_comment(match, lines, texts, is_first=match.start() < contents[0], following=contents[-1]))
    return tuple(comments)


def _starts(content: re.Match[str] | None) -> list[int]:
    """The offset of a line with content, _NO_CONTENT without one."""
    return [content.start() if content else _NO_CONTENT]


def _is_in_text(text: str, offset: int, texts: list[tuple[int, int]]) -> bool:
    """Whether the offset is inside a text value. The rest of the line after a block's `|` or `>` is outside."""
    start, end = texts[bisect_right(texts, (offset, -1)) - 1] if texts else (0, 0)
    if re.compile(_BLOCK).match(text, start):
        start = text.find("\n", start)
    return start <= offset < end


def _parse_comment(match: re.Match[str], lines: Lines, texts: list[tuple[int, int]], *, is_first: bool, following: int) -> IgnoreComment:
    """`following`: the offset of the next line with content. `is_first`: there is no content above."""
    start = match.start() - lines.at(match.start())[1] + 1
    own_line = not match.string[start : match.start()].strip()
    covered = following if own_line else start
    first, last = _covered_lines(match.string, covered, lines, texts) if covered < _NO_CONTENT else (0, 0)
    ignore = re.fullmatch(_IGNORE, match["directive"])
    rules = tuple(dict.fromkeys(re.split(r"[ \t]*,[ \t]*", ignore["rules"]))) if ignore else ()
    reason = (ignore["reason"] or "").strip() if ignore else ""
    return IgnoreComment(lines.span(*match.span()), rules, reason, first, last, whole=own_line and is_first)


def _covered_lines(text: str, start: int, lines: Lines, texts: list[tuple[int, int]]) -> tuple[int, int]:
    """The number of the line that begins at `start`, and the one on which the last text that begins there ends."""
    line = lines.at(start)[0]
    end = text.find("\n", start)
    place = bisect_right(texts, (end if end >= 0 else len(text), -1)) - 1
    is_text = place >= 0 and texts[place][0] >= start
    return line, max(line, lines.at(texts[place][1] - 1)[0]) if is_text else line
