"""What changed inside a workflow, as lines: `+ step notify (email)`, `~ node Classify (LLM)`, below it each field. Plain text, not escaped.

Long values are cut around the first place that differs. Parts that only moved, or only have another id, are counted and not listed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from deployer.model.difference import NO_VALUE, Difference, FieldDifference, PartChange, PartDifference
from deployer.model.secret import MASK
from deployer.model.text import count, cut

MAX_VALUE_CHARS = 72
CHARS_BEFORE_DIFFERENCE = 24  # of a value that is cut
MAX_NAME_CHARS = 80
MAX_FIELDS = 8  # of one part
SIGNS: Final[Mapping[PartChange, str]] = {"added": "+", "removed": "-", "changed": "~"}
ARROW = "→"


class DiffRow(NamedTuple):
    """One line. `depth` 1 is a field. `values`: the former and the current value, as shown; "" on the side that has none."""

    sign: str
    text: str
    depth: int = 0
    values: tuple[str, str] | None = None


def lines(difference: Difference, max_lines: int) -> tuple[str, ...]:
    """About `max_lines` lines of text, the rest counted. None where it is unknown what the workflow was before."""
    if not difference.known:
        return ()
    if difference.all_new or not listed_parts(difference):
        return (summary(difference),)
    head = f"compared with {difference.against}:"
    return (head, *(_as_text(row) for row in _rows(difference, max_lines - 1)))


def diff_lines(difference: Difference, max_lines: int) -> tuple[str, ...]:
    """The same for a block that is coloured as a diff: the former value and the current one stand below each other."""
    return tuple(line for row in _rows(difference, max_lines) for line in _as_diff(row))


def summary(difference: Difference) -> str:
    """In one line: `2 added, 1 changed, compared with commit 1a2b3c4`, `only the layout changed: 3 nodes moved`; "" where it is unknown."""
    if not difference.known:
        return ""
    if difference.all_new:
        return f"new, with {_kinds(difference.parts)}" if difference.parts else "new"
    if not difference.parts:
        return f"nothing inside differs from {difference.against}"
    if difference.layout_only:
        return f"only the layout changed: {_moved(difference)}, compared with {difference.against}"
    changes = Counter(part.change for part in listed_parts(difference))
    counts = [f"{changes[name]} {name}" for name in SIGNS if name in changes] or [*filter(None, [_renumbered(difference), _moved(difference)])]
    return f"{', '.join(counts)}, compared with {difference.against}"


def field_line(field: FieldDifference) -> str:
    """`config.temperature: 0.2 → 0.7`"""
    return f"{field.path or 'all of it'}: {_both(*shown_values(field))}"


def _rows(difference: Difference, max_rows: int) -> Iterator[DiffRow]:
    """Every part with its fields, until there are `max_rows`."""
    listed = listed_parts(difference)
    for index, part in enumerate(listed):
        rows = [*_part(part)]
        if index and len(rows) > max_rows:
            yield DiffRow(" ", f"… and {count(len(listed) - index, 'more change')}")
            break
        max_rows -= len(rows)
        yield from rows
    yield from (DiffRow(" ", line) for line in counted_lines(difference))


def counted_lines(difference: Difference) -> Iterator[str]:
    """Of the parts that are counted and not listed: `14 nodes have other ids, and are as before`, `3 nodes moved (layout only)`."""
    if renumbered := _renumbered(difference):
        yield renumbered
    if moved := _moved(difference):
        yield f"{moved} (layout only)"


def _as_text(row: DiffRow) -> str:
    start = f"    {row.text}" if row.depth else f"{row.sign} {row.text}"
    if row.values is None:
        return start
    return f"{start}: {_both(*row.values) if row.depth or all(row.values) else ''.join(row.values)}"


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
    whole = part.fields[0] if len(part.fields) == 1 and not part.fields[0].path else None
    yield DiffRow(SIGNS[part.change], part_title(part), values=shown_values(whole) if whole else None)
    if whole:
        return
    for field in part.fields[:MAX_FIELDS]:
        yield DiffRow(" ", cut(field.path, MAX_NAME_CHARS), 1, shown_values(field))
    if len(part.fields) > MAX_FIELDS:
        yield DiffRow(" ", f"… and {count(len(part.fields) - MAX_FIELDS, 'more field')}", 1)


def part_title(part: PartDifference) -> str:
    """`node Classify (LLM) in Each ticket`"""
    name = cut(part.name or part.id, MAX_NAME_CHARS)
    kind = f" ({cut(part.type, MAX_NAME_CHARS)})" if part.type else ""
    inside = f" in {cut(' / '.join(part.inside), MAX_NAME_CHARS)}" if part.inside else ""
    return f"{part.kind}{f' {name}' * bool(name)}{kind}{inside}"


def shown_values(field: FieldDifference) -> tuple[str, str]:
    """The former value and the current one, as JSON, cut around the first difference; "" on the side that has none."""
    return around(_value(field.before), _value(field.after))


def _value(value: object) -> str:
    if value is NO_VALUE or value == MASK:
        return MASK * (value is not NO_VALUE)
    return json.dumps(value, ensure_ascii=False, default=str)


def around(before: str, after: str) -> tuple[str, str]:
    """Both texts. Where one is long, both are cut so that the first place where they differ is shown."""
    if not (before and after) or max(len(before), len(after)) <= MAX_VALUE_CHARS:
        return cut(before, MAX_VALUE_CHARS), cut(after, MAX_VALUE_CHARS)
    first = next((index for index, (one, other) in enumerate(zip(before, after)) if one != other), min(len(before), len(after)))
    start = max(0, first - CHARS_BEFORE_DIFFERENCE)
    return _cut_from(before, start), _cut_from(after, start)


def _cut_from(text: str, start: int) -> str:
    return f"{'…' * bool(start)}{cut(text[start:], MAX_VALUE_CHARS)}"


def listed_parts(difference: Difference) -> Sequence[PartDifference]:
    """The parts to list: not those that only moved, or only have another id."""
    return [part for part in difference.parts if part.change != "moved" and not _has_new_id(part)]


def _has_new_id(part: PartDifference) -> bool:
    """Nothing but its id differs."""
    return part.change == "changed" and [field.path for field in part.fields] == ["id"]


def _moved(difference: Difference) -> str:
    """`3 nodes moved`; "" when none did."""
    moved = sum(part.change == "moved" and part.kind != "setting" for part in difference.parts)
    viewport = any(part.change == "moved" and part.kind == "setting" for part in difference.parts)
    return f"{count(moved, 'node')} moved" if moved else "the viewport moved" if viewport else ""


def _renumbered(difference: Difference) -> str:
    """`14 nodes have other ids`; "" when none has."""
    kinds = Counter(part.kind for part in difference.parts if _has_new_id(part))
    parts = " and ".join(count(number, kind) for kind, number in kinds.items())
    if not parts:
        return ""
    return f"{parts} {'has another id, and is' if sum(kinds.values()) == 1 else 'have other ids, and are'} as before"


def _kinds(parts: Sequence[PartDifference]) -> str:
    """`5 steps, 1 trigger`"""
    kinds = Counter(part.kind for part in parts if part.kind != "setting")
    return ", ".join(count(kinds[kind], kind) for kind in ("trigger", "node", "edge", "step", "variable") if kind in kinds) or "settings alone"
