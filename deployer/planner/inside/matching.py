"""Which nodes or steps of two definitions are the same ones: by id, then by a type and name that only one on each side has. Pure, linear."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

Row = dict[str, Any]


class Pair(NamedTuple):
    """One part on both sides; None on the side where it is not there. `place`: the one in `before`, -1 where it is not there."""

    before: Row | None
    after: Row | None
    place: int = -1

    @property
    def row(self) -> Row:
        """As it is after, or was before."""
        return self.after if self.after is not None else self.before or {}


def rows(value: object) -> list[Row]:
    """The mappings in a list; nothing when it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def pairs(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """All parts in the order of `after`; what is gone stands behind what it stood behind."""
    was = _matched(before, after)
    gone: dict[int, list[Pair]] = {}
    behind, taken = -1, {place: at for at, place in was.items()}
    for place, row in enumerate(before):
        if place in taken:
            behind = taken[place]
        else:
            gone.setdefault(behind, []).append(Pair(row, None, place))
    found = list(gone.get(-1, ()))
    for at, row in enumerate(after):
        found += [Pair(before[was[at]], row, was[at]) if at in was else Pair(None, row), *gone.get(at, ())]
    return found


def _matched(before: Sequence[Row], after: Sequence[Row]) -> dict[int, int]:
    """The place in `before` by the place in `after`."""
    by_id = _first(before, _id)
    was = {at: by_id[_id(row)] for at, row in _unique(after, _id) if _id(row) in by_id}
    left = set(range(len(before))).difference(was.values())
    named = _only([(place, _named(before[place])) for place in sorted(left)])
    others = _only([(at, _named(row)) for at, row in enumerate(after) if at not in was])
    return was | {at: named[name] for name, at in others.items() if name in named}


def _first(listed: Sequence[Row], key: Any) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for place, row in enumerate(listed):
        found.setdefault(key(row), place)
    found.pop(None, None)
    return found


def _unique(listed: Sequence[Row], key: Any) -> Iterator[tuple[int, Row]]:
    first = _first(listed, key)
    return ((place, row) for place, row in enumerate(listed) if first.get(key(row)) == place)


def _only(named: list[tuple[int, Hashable]]) -> dict[Hashable, int]:
    """By name, where one has it alone."""
    times = Counter(name for _, name in named)
    return {name: place for place, name in named if name is not None and times[name] == 1}


def _id(row: Row) -> str | None:
    name = row.get("id")
    return name if isinstance(name, str) and name else None


def _named(row: Row) -> tuple[str, str] | None:
    kind, name = row.get("type"), row.get("name")
    return (kind, name) if isinstance(kind, str) and isinstance(name, str) and name else None
