"""Text from outside, made fit for one line: invisible characters are shown, long text is shortened."""

from __future__ import annotations

from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_PERHAPS_HIDDEN = r"[^ -~]"
_JOINER = "\u200d"


def one_line(text: str) -> str:
    r"""`text` on one line, every character visible: `\n`, `\x1b`, `\u202e` stand for line breaks, controls, direction overrides,
    zero-width characters and lone surrogates. Letters of every script, emoji and wide spaces stay. Idempotent.
    """
    if text.isprintable():
        return text
    import re  # most text needs it never

    return re.sub(_PERHAPS_HIDDEN, _visible, text)


def nfc(text: str) -> str:
    """The text in Unicode's composed form, in which names of workflows and files are compared: `ü` is one character, however it was stored."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text)


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if char.isprintable() or _is_wide_space(char) or (char == _JOINER and _joins(match)):
        return char
    return char.encode("unicode_escape").decode("ascii")


def _is_wide_space(char: str) -> bool:
    return char >= "\xa0" and char.isspace() and char not in "\u2028\u2029"


def _joins(match: re.Match[str]) -> bool:
    """True between two characters outside ASCII: emoji families and some scripts need the zero-width joiner."""
    around = match.string[max(0, match.start() - 1) : match.end() + 1]
    return len(around) == 3 and around[0] > "\x7f" and around[2] > "\x7f"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; `…` stands for what is left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut_bytes(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8; `…` (3 bytes) stands for what is left out. Lone surrogates count as shown by `one_line`."""
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= limit:
        return text
    return raw[: limit - 3].decode("utf-8", "ignore") + "…"


def encodable(text: str, encoding: str | None) -> str:
    r"""`text` with what a stream of that encoding cannot carry shown as `\u2026`, so that printing never fails."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def count(number: int, noun: str) -> str:
    """`1 workflow`, `2 workflows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def first_names(names: Sequence[str], limit: int = 5) -> str:
    """`a, b and 7 more`: the first names, and how many are left out."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
