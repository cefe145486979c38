"""Quotes in messages what a user wrote: short, on one line, and with the nearest known name."""

from collections.abc import Iterable

from deployer.model.text import cut, one_line

MAX_CHARS = 60


def shown(value: object) -> str:
    """A value as one short line in backquotes: `"tex\\nt"`, `7`, `[…]`. Nothing in it is invisible."""
    if isinstance(value, dict):
        return "`{…}`"
    if isinstance(value, list):
        return "`[…]`"
    if isinstance(value, str) and value.strip():
        text = value
    else:
        import json

        text = json.dumps(value, ensure_ascii=False)
    return f"`{cut(one_line(text), MAX_CHARS)}`"


def shown_path(path: str) -> str:
    """A path in backquotes, on one line and whole: the file's name is at its end."""
    return f"`{one_line(path)}`"


def kind_of(value: object) -> str:
    """The kind of a parsed value, with its article: `a number`, `text`, `a list`."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text" if value else "empty text"
    if isinstance(value, list | tuple):
        return "a list"
    return "nothing" if value is None else "a mapping"


def find_nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like `name`; "" when none comes close."""
    from deployer.model.near_names import near_names

    return next(iter(near_names(name, known)), "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A fix for a name that is not known: the nearest ones, else all of them (at most eight)."""
    from deployer.model import near_names

    names = list(known)
    if nearest := near_names.did_you_mean(name, names):
        return nearest.strip()
    first_names = ", ".join(shown(candidate) for candidate in names[:8]) + (", …" if len(names) > 8 else "")
    return f"Use one of: {first_names}." if names else ""


def path_text(path: tuple[str | int, ...]) -> str:
    """A path in a document as people write it: `workflow.workflowNodes[3].id`; "the document" for its top."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"`{cut(one_line(text.removeprefix('.')), 2 * MAX_CHARS)}`" if path else "the document"
