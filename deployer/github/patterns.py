r"""GitHub's filter patterns, as in `on: push: tags:` ("Filter pattern cheat sheet" of the workflow syntax page).

`*` any characters but `/`; `**` any characters; `?` zero or one, `+` one or more of the character before; `[0-9a-z]` one of these;
`!` first: takes out what earlier patterns matched; `\` makes a special character stand for itself.
"""

import re
from functools import cache

from deployer.model.errors import UsageError

_TOKEN = re.compile(r"\\(?P<plain>.)|\[(?P<set>[^\]]*)\]|(?P<deep>\*\*+/?)|(?P<star>\*)|(?P<times>[?+])|(?P<char>.)", re.DOTALL)
_ITEM = re.compile(r"(?:\\.|[^,\r\n\\]|\\$)+", re.DOTALL)
_SET = re.compile(r"(?:[^\W_]-[^\W_]|[^-])+")


def matches(patterns: str, name: str) -> bool:
    r"""Whether a tag's or branch's name matches. Patterns are separated by commas or lines (`\,` is a comma); the last that matches decides.

    Raises UsageError for a pattern that cannot be read.
    """
    matched = False
    for pattern in split(patterns):
        negated = pattern.startswith("!")
        if _compiled(pattern[negated:]).fullmatch(name):
            matched = not negated
    return matched


def split(patterns: str) -> tuple[str, ...]:
    """Each pattern, without the blanks around it."""
    items = (match.group().strip() for match in _ITEM.finditer(patterns))
    return tuple(item for item in items if item)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    regex, repeatable = "", False
    for token in _TOKEN.finditer(pattern):
        piece, repeatable = _piece(token, pattern, repeatable)
        regex += piece
    try:
        return re.compile(regex, re.DOTALL)
    except re.error as error:
        raise _unreadable(pattern) from error


def _piece(token: re.Match[str], pattern: str, repeatable: bool) -> tuple[str, bool]:
    """A token as a regular expression, and whether `?` or `+` may follow it."""
    kind, text = token.lastgroup, token.group()
    if kind == "times":
        # After a wildcard they would change nothing; with nothing before them they mean themselves.
        return (text, False) if repeatable else ("" if token.start() else re.escape(text), False)
    if kind == "star":
        return "[^/]*", False
    if kind == "deep":
        whole_folders = text.endswith("/") and pattern[: token.start()].endswith(("", "/")[token.start() > 0])
        return (r"(?:.*/)?" if whole_folders else ".*" + "/" * text.endswith("/")), False
    if kind == "set":
        return _set(token["set"], pattern), True
    if text == "[":
        raise _unreadable(pattern)
    return re.escape(token["plain"] or text), True


def _set(inside: str, pattern: str) -> str:
    if not _SET.fullmatch(inside):
        raise _unreadable(pattern)
    return "[" + re.sub(r"([\\^\[&|~])", r"\\\1", inside) + "]"


def _unreadable(pattern: str) -> UsageError:
    fix = r"Close every `[` with a `]`, give ranges like `[0-9]`, and put `\` before a `[` that means itself."
    return UsageError(f"The pattern `{pattern}` cannot be read.", fix=fix, code="bad-pattern")
