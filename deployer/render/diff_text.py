"""What changed inside a workflow, as lines: `+ step notify (email)`, `~ node Classify (LLM)`, below it each field. Plain text, not escaped.

Long values are cut around the first place that differs; what only moved, and what only has another id, is counted and not listed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from deployer.model.difference import NO_VALUE, Difference, FieldDifference, PartChange, PartDifference
from deployer.model.secret import HIDDEN
from deployer.model.text import count, cut

LONGEST = 72  # characters of a value
AROUND = 24  # of them before the first one that differs
LONGEST_NAME = 80
MOST_FIELDS = 8  # of one part
SIGNS: Final[Mapping[PartChange, str]] = {"added": "+", "removed": "-", "changed": "~"}
ARROW = "→"


class DiffRow(NamedTuple):
    """One line. `depth` 1 is a field. `values`: what stood there and what does now, as shown; "" on the side where nothing does."""

    sign: str
    text: str
    depth: int = 0
    values: tuple[str, str] | None = None


def lines(difference: Difference, most: int) -> tuple[str, ...]:
    """For text: at most `most` lines (and a little), the rest counted. Nothing where nobody can tell what was there."""
    if not difference.known:
        return ()
    if difference.all_new or not _listed(difference):
        return (summary(difference),)
    head = f"compared with {difference.against}:"
    return (head, *(as_text(row) for row in rows(difference, most - 1)))


def diff_lines(difference: Difference, most: int) -> tuple[str, ...]:
    """The same for a block that is coloured as a diff: what was there and what is there now stand below each other."""
    return tuple(line for row in rows(difference, most) for line in _as_diff(row))


def summary(difference: Difference) -> str:
    """In one line: `2 added, 1 changed, compared with commit 1a2b3c4`, `only the layout changed: 3 nodes moved`; "" where nobody can tell."""
    if not difference.known:
        return ""
    if difference.all_new:
        return f"all of it is new: {_kinds(difference.parts)}" if difference.parts else "all of it is new"
    if not difference.parts:
        return f"nothing inside differs from {difference.against}"
    if difference.layout_only:
        return f"only the layout changed: {_moved(difference)}, compared with {difference.against}"
    listed = _listed(difference)
    changes = Counter(part.change for part in listed)
    said = [f"{changes[name]} {name}" for name in SIGNS if name in changes] or [*filter(None, [_renumbered(difference), _moved(difference)])]
    return f"{', '.join(said)}, compared with {difference.against}"


def rows(difference: Difference, most: int) -> Iterator[DiffRow]:
    """Every part with its fields, until there are `most`."""
    listed = _listed(difference)
    for number, part in enumerate(listed):
        own = [*_part(part)]
        if number and len(own) > most:
            yield DiffRow(" ", f"… and {count(len(listed) - number, 'more change')}")
            break
        most -= len(own)
        yield from own
    for said in (_renumbered(difference), _moved(difference)):
        if said:
            yield DiffRow(" ", f"{said}{' (layout only)' if said.endswith('moved') else ''}")


def as_text(row: DiffRow) -> str:
    start = f"    {row.text}" if row.depth else f"{row.sign} {row.text}"
    if row.values is None:
        return start
    return f"{start}: {_both(*row.values) if row.depth or all(row.values) else ''.join(row.values)}"


def field_line(field: FieldDifference) -> str:
    """`config.temperature: 0.2 → 0.7`"""
    return f"{field.path or 'all of it'}: {_both(*_values(field))}"


def _both(before: str, after: str) -> str:
    if before and after:
        return f"{before} {ARROW} {after}" if before != after else f"{before} (changed, and not shown)"
    return f"added, {after}" if after else f"removed, it was {before}"


def _as_diff(row: DiffRow) -> Iterator[str]:
    text = f"    {row.text}" if row.depth else row.text
    if row.values is None or row.values[0] == row.values[1]:
        yield f"{'!' if row.sign == '~' else row.sign} {text}{f': {_both(*row.values)}' if row.values else ''}"
        return
    for sign, value in zip("-+", row.values):
        if value:
            yield f"{sign} {text}: {value}"


def _part(part: PartDifference) -> Iterator[DiffRow]:
    alone = part.fields[0] if len(part.fields) == 1 and not part.fields[0].path else None
    yield DiffRow(SIGNS[part.change], _named(part), values=_values(alone) if alone else None)
    if alone:
        return
    for field in part.fields[:MOST_FIELDS]:
        yield DiffRow(" ", cut(field.path, LONGEST_NAME), 1, _values(field))
    if len(part.fields) > MOST_FIELDS:
        yield DiffRow(" ", f"… and {count(len(part.fields) - MOST_FIELDS, 'more field')}", 1)


def _named(part: PartDifference) -> str:
    """`node Classify (LLM) in Each ticket`"""
    name = cut(part.name or part.id, LONGEST_NAME)
    kind = f" ({cut(part.type, LONGEST_NAME)})" if part.type else ""
    inside = f" in {cut(' / '.join(part.inside), LONGEST_NAME)}" if part.inside else ""
    return f"{part.kind}{f' {name}' * bool(name)}{kind}{inside}"


def _values(field: FieldDifference) -> tuple[str, str]:
    return around(_value(field.before), _value(field.after))


def _value(value: object) -> str:
    if value is NO_VALUE or value == HIDDEN:
        return HIDDEN * (value is not NO_VALUE)
    return json.dumps(value, ensure_ascii=False, default=str)


def around(before: str, after: str) -> tuple[str, str]:
    """Both texts. Where one is long, both are cut so that the first place where they differ is seen."""
    if not (before and after) or max(len(before), len(after)) <= LONGEST:
        return cut(before, LONGEST), cut(after, LONGEST)
    first = next((place for place, (one, other) in enumerate(zip(before, after)) if one != other), min(len(before), len(after)))
    start = max(0, first - AROUND)
    return _cut_from(before, start), _cut_from(after, start)


def _cut_from(text: str, start: int) -> str:
    return f"{'…' * bool(start)}{cut(text[start:], LONGEST)}"


def _listed(difference: Difference) -> Sequence[PartDifference]:
    return [part for part in difference.parts if part.change != "moved" and not _has_new_id(part)]


def _has_new_id(part: PartDifference) -> bool:
    """Nothing but its id differs."""
    return part.change == "changed" and [field.path for field in part.fields] == ["id"]


def _moved(difference: Difference) -> str:
    """`3 nodes moved`; "" when none did."""
    moved = sum(part.change == "moved" and part.kind != "setting" for part in difference.parts)
    seen = any(part.change == "moved" and part.kind == "setting" for part in difference.parts)
    return f"{count(moved, 'node')} moved" if moved else "the viewport moved" if seen else ""


def _renumbered(difference: Difference) -> str:
    """`14 nodes have other ids`; "" when none has."""
    kinds = Counter(part.kind for part in difference.parts if _has_new_id(part))
    said = " and ".join(count(number, kind) for kind, number in kinds.items())
    if not said:
        return ""
    return f"{said} {'has another id' if sum(kinds.values()) == 1 else 'have other ids'}, and {'is' if sum(kinds.values()) == 1 else 'are'} as before"


def _kinds(parts: Sequence[PartDifference]) -> str:
    """`5 steps, 1 trigger`"""
    kinds = Counter(part.kind for part in parts if part.kind != "setting")
    return ", ".join(count(kinds[kind], kind) for kind in ("trigger", "node", "edge", "step", "variable") if kind in kinds) or "settings alone"
