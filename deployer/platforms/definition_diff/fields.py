"""What differs between two JSON values, field by field. Pure; both may be anything, and are taken as they are written.

Items of a list are known by what they are called (`id`, `sourceHandle`, `key`, `name`) where that can be, and else by place. A list of plain
values is one value. The order of a list counts, but for those of which it is known to mean nothing.
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from deployer.model.difference import NO_VALUE, FieldDifference
from deployer.platforms.definition_diff.redaction import Item, Keys, hidden

CALLED = ("id", "sourceHandle", "key", "name")
UNORDERED = frozenset({"inputs", "outputs", "headers", "queries", "workflowNodes", "workflowEdges"})
_PLAIN = re.compile(r'[^.\[\]"]+')
_Labelled = dict[Any, Any]


class _Place(NamedTuple):
    """Where the walk is: as it is shown, and as what it is."""

    shown: str = ""
    keys: Keys = ()

    def at(self, key: str) -> "_Place":
        name = key if _PLAIN.fullmatch(key) else f'"{key}"'
        return _Place(f"{self.shown}.{name}" if self.shown else name, (*self.keys, key))

    def item(self, called: str, label: Any) -> "_Place":
        label_text = f"[{called}={label}]" if called else f"[{label}]"
        return _Place(self.shown + label_text, (*self.keys, Item(str(label) if called else "")))

    def differs(self, before: Any, after: Any) -> FieldDifference:
        return FieldDifference(self.shown, hidden(self.keys, before), hidden(self.keys, after))


def fields(before: Any, after: Any, keys: Keys = ()) -> tuple[FieldDifference, ...]:
    """Every field that differs, in the order of `before`, then of `after`. `keys` is where these values stand: it tells what is secret."""
    return tuple(_walk(_Place("", keys), before, after))


def same(before: Any, after: Any) -> bool:
    """Equal as JSON: to Python 1, 1.0 and True are one. Where only the order of keys differs this says no, and a walk finds nothing."""
    if type(before) is str and type(after) is str:
        return before == after
    return before is after or repr(before) == repr(after)


def _walk(place: _Place, before: Any, after: Any) -> Iterator[FieldDifference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            one, other = before.get(key, NO_VALUE), after.get(key, NO_VALUE)
            if not same(one, other):
                yield from _value_differences(place.at(str(key)), one, other)
    elif isinstance(before, list) and isinstance(after, list) and not (_plain(before) and _plain(after)):
        yield from _item_differences(place, before, after)
    elif not same(before, after):
        yield place.differs(before, after)


def _value_differences(place: _Place, before: Any, after: Any) -> Iterator[FieldDifference]:
    if before is NO_VALUE or after is NO_VALUE:
        yield place.differs(before, after)
    else:
        yield from _walk(place, before, after)


def _plain(items: list[Any]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def _item_differences(place: _Place, before: list[Any], after: list[Any]) -> Iterator[FieldDifference]:
    called, one, other = _matched_items(before, after)
    for label in dict.fromkeys((*one, *other)):
        yield from _value_differences(place.item(called, label), one.get(label, NO_VALUE), other.get(label, NO_VALUE))
    kept = [label for label in one if label in other]
    order = [label for label in other if label in one]
    if called and kept != order and not (place.keys and place.keys[-1] in UNORDERED):
        yield FieldDifference(place.shown, kept, order)


def _matched_items(before: list[Any], after: list[Any]) -> tuple[str, _Labelled, _Labelled]:
    """What the items are called by (`id`, or "" for their place), and both lists by it. Of the ways that fit, the first that finds any
    item on both sides: an export may have given new ids, and left the names.
    """
    fitting = [
        (called, one, other)
        for called in CALLED
        if (one := _items_by_label(called, before)) is not None and (other := _items_by_label(called, after)) is not None
    ]
    meeting = (lists for lists in fitting if not (before and after) or lists[1].keys() & lists[2].keys())
    return next(meeting, None) or ("", *_items_by_place(before, after))


def _items_by_label(called: str, items: list[Any]) -> _Labelled | None:
    labels = [item.get(called) if isinstance(item, dict) else None for item in items]
    fits = all(isinstance(label, str) and label for label in labels) and len(set(labels)) == len(labels)
    return dict(zip(labels, items)) if fits else None


def _items_by_place(before: list[Any], after: list[Any]) -> tuple[_Labelled, _Labelled]:
    """Equal ends are put aside, so that one item more does not make all behind it differ."""
    shorter = min(len(before), len(after))
    head = next((place for place in range(shorter) if not same(before[place], after[place])), shorter)
    tail = next((size for size in count() if size >= shorter - head or not same(before[-1 - size], after[-1 - size])), 0)
    changed = before[head : len(before) - tail], after[head : len(after) - tail]
    one, other = ({head + place: item for place, item in enumerate(items)} for items in changed)
    return one, other
