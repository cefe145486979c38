"""Which nodes or steps of two definitions are the same ones: by id, then by a type and name that only one on each side has. Pure, linear."""

from collections import Counter
from collections.abc import Callable, Container, Hashable, Sequence
from typing import Any, NamedTuple

Row = dict[str, Any]


class MatchedRows(NamedTuple):
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


def mapping(value: object) -> Row:
    """The value; {} when it is no mapping."""
    return value if isinstance(value, dict) else {}


def pairs(before: Sequence[Row], after: Sequence[Row]) -> list[MatchedRows]:
    """All parts in the order of `after`; what is gone stands behind what it stood behind."""
    was = _matching_places(before, after)
    gone: dict[int, list[MatchedRows]] = {}
    behind, taken = -1, {place: at for at, place in was.items()}
    for place, row in enumerate(before):
        if place in taken:
            behind = taken[place]
        else:
            gone.setdefault(behind, []).append(MatchedRows(row, None, place))
    matched_rows = list(gone.get(-1, ()))
    for at, row in enumerate(after):
        matched_rows += [MatchedRows(before[was[at]], row, was[at]) if at in was else MatchedRows(None, row), *gone.get(at, ())]
    return matched_rows


def _matching_places(before: Sequence[Row], after: Sequence[Row]) -> dict[int, int]:
    """The place in `before` by the place in `after`. Whatever neither way finds and is the same on both sides is the same one."""
    was: dict[int, int] = {}
    for name_of, once in ((_id, False), (_named, True), (repr, False)):
        matched = set(was.values())
        unmatched = _places_by_name(before, matched, name_of, once=once)
        was |= {at: unmatched[name] for name, at in _places_by_name(after, was, name_of, once=once).items() if name in unmatched}
    return was


def _places_by_name(listed: Sequence[Row], but: Container[int], name_of: Callable[[Row], Hashable], *, once: bool) -> dict[tuple[Hashable, int], int]:
    """The place by name and by which of that name it is; `once`: only where one has that name alone."""
    counts: Counter[Hashable] = Counter()
    places: dict[tuple[Hashable, int], int] = {}
    for place, row in enumerate(listed):
        name = None if place in but else name_of(row)
        if name is not None:
            counts[name] += 1
            places[name, counts[name]] = place
    return {(name, number): place for (name, number), place in places.items() if not once or counts[name] == 1}


def _id(row: Row) -> str | None:
    name = row.get("id")
    return name if isinstance(name, str) and name else None


def _named(row: Row) -> tuple[str, str] | None:
    kind, name = row.get("type"), row.get("name")
    return (kind, name) if isinstance(kind, str) and isinstance(name, str) and name else None
