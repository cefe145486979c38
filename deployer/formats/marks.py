"""Marks: the steps through a text, as JSON (here) and YAML (yaml/event_stream.py) give them."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    MarkKind = Literal["key", "scalar", "map", "list", "close"]

COMMENT_SIGN = "flowship:"
"""What every comment for the linter holds."""
# A string that does not end runs to the end of the text: no way to fail means no way to be slow.
JSON_PIECE = r'(?s)"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\]:,]|[^\s"{}\[\]:,]+'


class Mark(NamedTuple):
    """One step through a text. `start` and `end` are code-point offsets, the end exclusive; `text` is a key's name or a scalar's source."""

    kind: MarkKind
    start: int
    end: int
    text: str = ""


def json_marks(text: str) -> Iterator[Mark]:
    """The marks of a JSON text. A text that is not JSON gives marks too, as far as they make sense."""
    import re  # not to lint a clean file

    maps: list[bool] = []
    key_next = False
    for token in re.finditer(JSON_PIECE, text):
        word = token.group()
        first = word[0]
        if first in "{[":
            maps.append(first == "{")
            key_next = first == "{"
            yield Mark("map" if key_next else "list", token.start(), token.end())
        elif first in "}]":
            if maps:
                maps.pop()
            key_next = False
            yield Mark("close", token.start(), token.end())
        elif first == ",":
            key_next = bool(maps) and maps[-1]
        elif first == ":":
            key_next = False
        elif key_next:
            yield Mark("key", token.start(), token.end(), _unquoted(word))
        else:
            yield Mark("scalar", token.start(), token.end(), word)


CLOSING = {"(": ")", "[": "]", "{": "}"}


def open_brackets(text: str, pieces: str, start: int = 0, end: int | None = None) -> list[int]:
    """The offsets of the brackets between `start` and `end` that are not closed there, outermost first.

    `pieces`: a pattern that matches each bracket, and as a whole what may hold brackets that are none, such as quotes. Any closing bracket
    closes the innermost one.
    """
    import re

    offsets: list[int] = []
    for match in re.compile(pieces).finditer(text, start, len(text) if end is None else end):
        if match[0] in CLOSING:
            offsets.append(match.start())
        elif offsets and match[0] in CLOSING.values():
            offsets.pop()
    return offsets


def _unquoted(word: str) -> str:
    if "\\" not in word:
        return word.strip('"')
    import json

    try:
        return str(json.loads(word, strict=False))
    except ValueError:
        return word
