"""Text that a server sent, made fit to show: no tags, no control characters, no secrets, cut to size.

Escaping for where it is shown (annotations, Markdown) is done by the renderers.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

MAX_CHARS = 200  # of server text in an error
_MAX_READ_CHARS = 16_384
_CUT_CHARS = 4_096  # left out after redaction where a text was cut: a secret that the cut went through is within them
_INVISIBLE = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)</title\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!?A-Za-z][^<>]*>")


def same(text: str) -> str:
    """The redactor of a run without secrets."""
    return text


def plain(text: str, redact: Callable[[str], str] = same, max_chars: int = MAX_CHARS) -> str:
    """The first words of a text or an HTML page, as one line of at most `max_chars` characters.

    Redacted before it is cut, since half a secret is not recognised, and again after cleaning, which can join two halves.
    """
    words = redact(text[:_MAX_READ_CHARS])
    if len(text) > _MAX_READ_CHARS:
        words = words[:-_CUT_CHARS]
    if "<" in words:
        words = html.unescape(_TAG.sub(" ", _INVISIBLE.sub(" ", _without_repeated_title(words))))
    words = redact(" ".join("".join(_shown(char) for char in words).split()))
    return words if len(words) <= max_chars else words[: max_chars - 1].rstrip() + "…"


def _without_repeated_title(page: str) -> str:
    """An HTML page without its title, where its body repeats it, as most servers' error pages do."""
    title = _TITLE.search(page)
    if title and title[1].strip() in page[title.end() :]:
        return f"{page[: title.start()]} {page[title.end() :]}"
    return page


def _shown(char: str) -> str:
    """White space and line breaks as a space; control, direction and surrogate characters as nothing."""
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    return "" if category in ("Cc", "Cf", "Cs") else " " if category in ("Zl", "Zp") else char


def without_secret_parts(url: str) -> str:
    """A URL without the parts that can hold a secret: user, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path
