"""What differs between two definitions, field by field, in words. Pure.

steps[id=greet].config.model: 'gpt-4' -> 'gpt-5'
"""

import json
from collections.abc import Iterator
from typing import Any

from deployer.domain.text import cut

LONGEST = 60  # characters of a value
MOST = 8  # fields to name


def differences(before: Any, after: Any) -> tuple[str, ...]:
    """One line for each field that differs, at most `MOST` and one that counts the rest."""
    found = [f"{path or 'all of it'}: {what}" for path, what in _walk("", before, after)]
    return (*found[:MOST], f"and {len(found) - MOST} more") if len(found) > MOST else tuple(found)


def _walk(path: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _one(f"{path}.{key}" if path else str(key), key in before, before.get(key), key in after, after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(path, before, after)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield path, f"{_shown(before)} -> {_shown(after)}"


def _one(path: str, was: bool, before: Any, there: bool, after: Any) -> Iterator[tuple[str, str]]:
    if was and there:
        yield from _walk(path, before, after)
    else:
        yield path, f"added, {_shown(after)}" if there else f"removed, it was {_shown(before)}"


def _items(path: str, before: list[Any], after: list[Any]) -> Iterator[tuple[str, str]]:
    """By `id` where every item has one of its own, else by place."""
    one, other = _by_id(before), _by_id(after)
    if one is None or other is None:
        one, other = dict(enumerate(before)), dict(enumerate(after))
    names = {key: f"{path}[{key}]" if isinstance(key, int) else f"{path}[id={key}]" for key in (*one, *other)}
    for key, name in names.items():
        yield from _one(name, key in one, one.get(key), key in other, other.get(key))
    if list(one) != list(other) and set(one) == set(other):
        yield path, "in another order"


def _by_id(items: list[Any]) -> dict[Any, Any] | None:
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    return dict(zip(ids, items)) if all(isinstance(each, str) for each in ids) and len(set(ids)) == len(ids) else None


def _shown(value: Any) -> str:
    return cut(repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), LONGEST)
