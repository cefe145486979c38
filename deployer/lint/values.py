"""Walks over the values of a parsed document."""

from __future__ import annotations

from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

CONTAINERS = frozenset({dict, list})


def number_text(value: object) -> str:
    """The digits of a number, as the platform reads a number in place of text; "" for everything else."""
    return str(value) if type(value) in (int, float) else ""


def inner_mappings(value: Any) -> list[dict[str, Any]]:
    """Every mapping in the value, in the order of the file; the value itself too. Without paths, which cost most of the walk."""
    mappings: list[dict[str, Any]] = []
    stack: list[Any] = [value]
    while stack:
        inner = stack.pop()
        kind = type(inner)
        if kind is dict:
            mappings.append(inner)
        if kind in CONTAINERS:
            stack += [child for child in reversed(inner.values() if kind is dict else inner) if type(child) in CONTAINERS]
    return mappings


def iter_mappings(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping in the value, with its path; the value itself too."""
    return ((inner_path, inner) for inner_path, inner in iter_values(value, path) if isinstance(inner, dict))


def iter_values(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value in the value, with its path, in the order of the file; the value itself too."""
    stack = [(path, value)]
    while stack:
        inner_path, inner = stack.pop()
        yield inner_path, inner
        if isinstance(inner, dict):
            stack += [((*inner_path, key), inner[key]) for key in reversed(inner)]
        elif isinstance(inner, list):
            stack += [((*inner_path, index), inner[index]) for index in reversed(range(len(inner)))]
