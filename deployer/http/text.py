"""Text that a server sent, made fit to show: no tags, no control characters, no secrets, cut to size.

Escaping for the place where it is shown (annotations, Markdown) is the renderers' work.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

LONGEST = 200  # characters of server text in an error
_RAW = 16_384  # what is looked at, at most
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[/!?A-Za-z][^<>]*>")


def same(text: str) -> str:
    """The redactor of a run without secrets."""
    return text


def plain(text: str, redact: Callable[[str], str] = same, longest: int = LONGEST) -> str:
    """The first words of a text or an HTML page, as one line of at most `longest` characters.

    Redacted before it is cut, since half a secret is not recognised; and after cleaning, which can put one together.
    """
    words = redact(text[:_RAW])
    if "<" in words:
        words = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", words)))
    words = redact(" ".join("".join(_shown(char) for char in words).split()))
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _shown(char: str) -> str:
    """White space and line breaks as a space; control, direction and surrogate characters as nothing."""
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    return "" if category in ("Cc", "Cf", "Cs") else " " if category in ("Zl", "Zp") else char


def address(url: str) -> str:
    """A URL without the parts that can hold a secret: user, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path
