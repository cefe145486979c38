"""Lines and columns, looked up only when a finding needs them.

Rules work on plain data and name a place by its path in the document. Here the text is read once more, as a stream of marks
(keys, scalars, openings, closings, each with its offsets), for all paths of a file at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from deployer.formats.marks import Mark, json_marks
from deployer.model.finding import Span
from deployer.model.named_tuple import NamedTuple
from deployer.model.text import nfc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.choices import Language

Path = tuple[str | int, ...]
MAX_KEPT_CHARS = 100_000
"""Of a text whose marks stay in memory."""


class TextPlace(NamedTuple):
    """The place of a value, and of the key before it (None in a list and at the top). `exact` is False for an ancestor's place.

    `start` and `end` are the value's offsets in the text, the end exclusive.
    """

    value: Span
    key: Span | None
    exact: bool
    start: int
    end: int

    @property
    def short(self) -> Span:
        """The span to point at: the value when it fits on a line, else its key, else its first character."""
        if self.value.line == self.value.end_line:
            return self.value
        return self.key or Span(self.value.line, self.value.column, self.value.line, self.value.column)


class Lines:
    """Offsets to lines and columns. Lines end at `\\n` (a `\\r` before it is the line's last character), as editors count them."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        import re

        self._starts = [0, *(line_break.end() for line_break in re.finditer("\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        from bisect import bisect_right

        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of text[start:end]; an empty stretch is one character wide."""
        return Span(*self.at(start), *self.at(max(start, end - 1)))


def read_marks(text: str, language: Language) -> Iterable[Mark]:
    if language == "json":
        return json_marks(text)
    from deployer.formats.yaml.event_stream import yaml_marks

    return yaml_marks(text) if len(text) > MAX_KEPT_CHARS else _kept_marks(text)


@lru_cache(maxsize=1)
def _kept_marks(text: str) -> tuple[Mark, ...]:
    """The marks of a YAML text, which is asked for twice where it holds comments for the linter: for its findings, and for the comments."""
    from deployer.formats.yaml.event_stream import yaml_marks

    return tuple(yaml_marks(text))


_LEVELS = {"map": 1, "list": 1, "close": -1}


class _Frame:
    """A mapping or list that is open. `path` is None above the outermost one."""

    __slots__ = ("index", "is_map", "key", "path", "place")

    def __init__(self, path: Path | None, is_map: bool, place: list[int] | None) -> None:
        self.path = path
        self.is_map = is_map
        self.place = place
        self.key: Mark | None = None
        self.index = -1


def find_places(text: str, language: Language, paths: Iterable[Path]) -> dict[Path, TextPlace]:
    """The place of every path, found in one pass; for a path that does not exist, its nearest ancestor's. Keys are compared in NFC."""
    distinct = {path: _composed(path) for path in paths}
    prefixes = {path[:size] for path in distinct.values() for size in range(len(path) + 1)}
    offsets = _offsets(text, language, prefixes)
    lines = Lines(text)
    places: dict[Path, TextPlace] = {}
    for path, composed in distinct.items():
        existing = composed
        while existing and existing not in offsets:
            existing = existing[:-1]
        start, end, key_start, key_end = offsets.get(existing, (0, len(text), -1, -1))
        key = lines.span(key_start, key_end) if key_start >= 0 else None
        value = key if key and end <= start else lines.span(start, end)
        places[path] = TextPlace(value, key, existing == composed, start, end)
    return places


def _offsets(text: str, language: Language, prefixes: set[Path]) -> dict[Path, list[int]]:
    """[start, end, key start, key end] of each of those paths that exists; -1 where there is no key."""
    offsets: dict[Path, list[int]] = {}
    stack: list[_Frame] = [_Frame(None, False, None)]
    skipped = 0  # mappings and lists that are open inside of one in which no place is looked for
    for mark in read_marks(text, language):
        if skipped:
            skipped += _LEVELS.get(mark[0], 0)
            continue
        frame = stack[-1]
        if mark.kind == "key":
            frame.key = mark
            continue
        if mark.kind == "close":
            if len(stack) > 1:
                stack.pop()
            if frame.place is not None:
                frame.place[1] = mark.end
            continue
        path = _next_path(frame, outermost=len(stack) == 1)
        place = None
        if path is not None and path in prefixes:
            key = frame.key if frame.is_map else None
            place = offsets[path] = [mark.start, mark.end, key.start if key else -1, key.end if key else -1]
        if mark.kind != "scalar" and place:
            stack.append(_Frame(path, mark.kind == "map", place))
        elif mark.kind != "scalar":
            skipped = 1
    return offsets


def _composed(path: Path) -> Path:
    return tuple(nfc(part) if isinstance(part, str) else part for part in path)


def _next_path(frame: _Frame, *, outermost: bool) -> Path | None:
    frame.index += 1
    if outermost:
        return () if frame.index == 0 else None
    if frame.path is None:
        return None
    if frame.is_map:
        return (*frame.path, nfc(frame.key.text)) if frame.key else None
    return (*frame.path, frame.index)


def locate(text: str, language: Language, path: Path, *, key: bool = False) -> Span | None:
    """The span of the value at that path, or of its key. None when the path does not exist (or has no key)."""
    place = find_places(text, language, [path])[path]
    if not place.exact:
        return None
    return place.key if key else place.value
