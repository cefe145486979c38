"""A mark: one step through a text, as both readers (JSON, YAML) give it."""

from typing import Literal, NamedTuple

MarkKind = Literal["key", "scalar", "map", "list", "close"]


class Mark(NamedTuple):
    """One step through a text. `start` and `end` are code-point offsets, the end exclusive; `text` is a key's name or a scalar's source."""

    kind: MarkKind
    start: int
    end: int
    text: str = ""
