"""JSON as every reader would read it: no key twice in one object, no NaN, no Infinity and no number that would become one, no endless nesting."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 200
"""Mappings and lists inside one another. A real flow needs four for each loop in a loop; Python's own recursion allows about 900."""
_INFINITE = float("inf")
_BLANKS = " \t\n\r"
_CONTAINERS = frozenset({dict, list})


class RepeatedKeyError(ValueError):
    """An object has a key twice."""


class NotFiniteError(ValueError):
    """NaN, Infinity, or a number too large to be anything else."""


def decoder(parse_int: Callable[[str], int] | None = None) -> Callable[[str], Any]:
    """A function from text to plain data. It raises JSONDecodeError for what is no JSON, RepeatedKeyError, NotFiniteError, RecursionError, and
    what `parse_int` raises; without that, a ValueError for an integer of more digits than Python converts."""
    hooks: dict[str, Any] = {"object_pairs_hook": _mapping, "parse_float": _float, "parse_int": parse_int or int, "parse_constant": _constant}
    scan = _scanner(hooks)

    def decode(text: str) -> Any:
        try:
            value, end = scan(text, len(text) - len(text.lstrip(_BLANKS)))
            if not text[end:].strip(_BLANKS):
                return value
        except Exception:  # noqa: BLE001, S110 - `json` says what it is
            pass
        import json

        return json.JSONDecoder(**hooks).decode(text)

    return decode


def _scanner(hooks: dict[str, Any]) -> Callable[[str, int], tuple[Any, int]]:
    """What `json` itself reads with: from a text and the offset of a value, the value and the offset behind it.

    The module `json` imports `re` and compiles patterns, which takes longer than to lint a file.
    """
    try:
        from _json import make_scanner
    except ImportError:  # another Python than CPython
        import json

        return json.JSONDecoder(**hooks).scan_once  # type: ignore[attr-defined, no-any-return]
    return make_scanner(SimpleNamespace(strict=True, object_hook=None, **hooks))  # type: ignore[arg-type]


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
