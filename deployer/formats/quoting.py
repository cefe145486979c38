"""How a message names what a user wrote: short, on one line, and with the nearest thing that exists."""

import json
from collections.abc import Iterable

from deployer.model.text import cut, one_line

MAX_CHARS = 60
MAX_NAMES = 1000
MAX_COMPARED = 30
"""Names that a mistyped one is held against, and of these the ones compared in full: a file may be made to need millions."""


def shown(value: object) -> str:
    """A value as one short line in backquotes: `"tex\\nt"`, `7`, `[…]`. Nothing in it is invisible."""
    if isinstance(value, dict):
        return "`{…}`"
    if isinstance(value, list):
        return "`[…]`"
    text = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)
    return f"`{cut(one_line(text), MAX_CHARS)}`"


def kind_of(value: object) -> str:
    """What a parsed value is, with its article: `a number`, `text`, `a list`."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text" if value else "empty text"
    if isinstance(value, list | tuple):
        return "a list"
    return "empty" if value is None else "a mapping"


def find_nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like `name`; "" when none comes close."""
    from difflib import get_close_matches
    from itertools import islice

    by_lower = {each.lower(): each for each in islice(known, MAX_NAMES)}
    wanted = name[:200].lower()
    likely = by_lower if len(by_lower) <= MAX_COMPARED else sorted(by_lower, key=lambda each: -_same_ends(wanted, each))[:MAX_COMPARED]
    found = get_close_matches(wanted, likely, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""


def _same_ends(one: str, other: str) -> int:
    """How many characters two names have in common at the start and at the end."""
    return _same_start(one, other) + _same_start(one[::-1], other[::-1])


def _same_start(one: str, other: str) -> int:
    for place, (mine, theirs) in enumerate(zip(one, other)):
        if mine != theirs:
            return place
    return min(len(one), len(other))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A fix for a name that is not known: the nearest one, else all of them (at most eight)."""
    names = list(known)
    near = find_nearest(name, names)
    if near:
        return f"Did you mean {shown(near)}?"
    listed = ", ".join(shown(each) for each in names[:8]) + (", …" if len(names) > 8 else "")
    return f"Known: {listed}." if names else ""


def path_text(path: tuple[str | int, ...]) -> str:
    """A path in a document as people write it: `workflow.workflowNodes[3].id`; "the document" for its top."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"`{cut(one_line(text.removeprefix('.')), 2 * MAX_CHARS)}`" if path else "the document"
