"""JSON as every reader would read it: no key twice in one object, no NaN, no Infinity and no number that would become one, no endless nesting."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 200
"""Mappings and lists inside one another. A real flow needs four for each loop in a loop; Python's own recursion allows about 900."""
_INFINITE = float("inf")
_CONTAINERS = frozenset({dict, list})


class RepeatedKeyError(ValueError):
    """An object has a key twice."""


class NotFiniteError(ValueError):
    """NaN, Infinity, or a number too large to be anything else."""


def decoder(parse_int: Callable[[str], int] | None = None) -> Callable[[str], Any]:
    """A function from text to plain data. It raises JSONDecodeError for what is no JSON, RepeatedKeyError, NotFiniteError, RecursionError, and
    what `parse_int` raises; without that, a ValueError for an integer of more digits than Python converts."""
    import json  # YAML is read without it

    return json.JSONDecoder(object_pairs_hook=_mapping, parse_float=_float, parse_int=parse_int, parse_constant=_constant).decode


def depth(value: object) -> int:
    """How deep lists and mappings are nested; 0 for a scalar. Level by level: no depth overflows the stack."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    count = 0
    while level:
        count += 1
        level = [child for parent in level for child in (parent.values() if type(parent) is dict else parent) if type(child) in _CONTAINERS]
    return count


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise RepeatedKeyError
    return result


def _float(digits: str) -> float:
    number = float(digits)
    if abs(number) == _INFINITE:
        raise NotFiniteError
    return number


def _constant(_: str) -> float:
    raise NotFiniteError
