"""Texts with their escapes undone, one layer at a time, and where each character came from. For finding secrets, not for showing."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate

MAX_LAYERS = 4  # JSON in JSON in a URL, and one more
# A backslash before `%` or `&` is a character of its own: the escape is what follows.
_ESCAPE = re.compile(
    r"""( %[0-9A-Fa-f]{2}
        | \\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[!-$'-/:-@\[-`{-~])
        | &(?:\#(?:[xX]0{0,7}[0-9A-Fa-f]{2}|0{0,7}[0-9]{2,3});?|[A-Za-z]{2,31};|(?:amp|lt|gt|quot|AMP|LT|GT|QUOT)) )""",
    re.VERBOSE,
)


class Layer:
    """A text with one layer of escapes undone. `above`: the text that it was made from, in pieces, of which every second is an escape."""

    def __init__(self, above: Sequence[str]) -> None:
        self._above = above
        self._pieces = list(above)
        self._pieces[1::2] = map(_undone, above[1::2])
        self.text = "".join(self._pieces)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text above that part of this one stands."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, offset: int) -> tuple[int, int]:
        ends, ends_above = self._ends
        index = bisect_right(ends, offset)
        end = ends_above[index]
        if index % 2:
            return end - len(self._above[index]), end
        return end - (ends[index] - offset), end - (ends[index] - offset) + 1

    @cached_property
    def _ends(self) -> tuple[list[int], list[int]]:
        return list(accumulate(map(len, self._pieces))), list(accumulate(map(len, self._above)))


def layers(text: str) -> Iterator[Layer]:
    """`text` with its escapes (of URLs, JSON, shells and HTML, in any mixture) undone once, then twice, as long as that changes it."""
    for _ in range(MAX_LAYERS):
        layer = Layer(_ESCAPE.split(text))
        if layer.text == text:
            return
        yield layer
        text = layer.text


@lru_cache(4096)
def _undone(escape: str) -> str:
    """The character of printable ASCII that an escape stands for; for any other the escape itself, since keys have no other characters."""
    if escape[0] == "&":
        from html import unescape

        char = unescape(f"{escape.rstrip(';')};")
    elif escape[0] == "%" or len(escape) > 2:
        char = chr(int(escape.lstrip("%\\ux"), 16))
    else:
        char = escape[1]
    return char if len(char) == 1 and "!" <= char <= "~" else escape
