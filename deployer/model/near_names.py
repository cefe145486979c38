"""The known name that a mistyped one was probably meant for."""

from collections.abc import Iterable
from itertools import islice

from deployer.model.text import cut, one_line

MAX_NAMES = 1000
MAX_COMPARED = 30
"""Names that a mistyped one is compared with, and of these the ones compared in full: a hostile file could need millions."""
MAX_COMPARED_CHARS = 200
MAX_SHOWN_CHARS = 60
MAX_SUGGESTIONS = 4


def near_names(word: str, known: Iterable[str], *, prefixes: bool = True) -> list[str]:
    """The known names that differ least from `word`, in the known order; [] when more than one letter in three differs.

    Upper and lower case are the same here. `prefixes`: a name that goes on after the whole word, of three letters or more, is near as well.
    """
    by_lower: dict[str, str] = {}
    for name in islice(known, MAX_NAMES):
        by_lower.setdefault(name.lower(), name)
    typed = word[:MAX_COMPARED_CHARS].lower()
    distances: dict[str, int] = {}
    for name in _likely(typed, list(by_lower)):
        edits = _edits(typed, name, len(typed) // 3)
        if edits is not None:
            distances[name] = edits
        elif prefixes and len(typed) > 2 and name.startswith(typed):
            distances[name] = len(name) - len(typed)
    least = min(distances.values(), default=0)
    return [by_lower[name] for name, edits in distances.items() if edits == least]


def did_you_mean(word: str, known: Iterable[str], *, prefixes: bool = True) -> str:
    """` Did you mean `x`?` for the known names that are nearest; "" for none, and for more than a few."""
    return suggestion(near_names(word, known, prefixes=prefixes))


def suggestion(names: list[str]) -> str:
    """` Did you mean `x`, `y` or `z`?`; "" for none, and for more than a few."""
    shown = [f"`{cut(one_line(name), MAX_SHOWN_CHARS)}`" for name in names]
    if not 0 < len(shown) <= MAX_SUGGESTIONS:
        return ""
    return f" Did you mean {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}?"


def _likely(typed: str, names: list[str]) -> list[str]:
    """Of many names, those that have most in common with it at both ends; in the given order."""
    if len(names) <= MAX_COMPARED:
        return names
    kept = set(sorted(names, key=lambda name: -_same_start(typed, name) - _same_start(typed[::-1], name[::-1]))[:MAX_COMPARED])
    return [name for name in names if name in kept]


def _same_start(one: str, other: str) -> int:
    return next((index for index, (mine, theirs) in enumerate(zip(one, other)) if mine != theirs), min(len(one), len(other)))


def _edits(one: str, other: str, most: int) -> int | None:
    """How many letters to insert, delete, replace or swap with the next one (optimal string alignment); None for more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    previous: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        before, previous, row = previous, row, [i]
        for j, theirs in enumerate(other, 1):
            edits = min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and theirs == one[i - 2]:
                edits = min(edits, before[j - 2] + 1)
            row.append(edits)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
