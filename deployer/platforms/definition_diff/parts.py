"""What both platforms' comparisons gather: parts that differ, and the nodes and edges of the picture."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from deployer.model.difference import NO_VALUE, Difference, DrawnEdge, DrawnGraph, DrawnNode, FieldDifference, PartDifference, PartKind
from deployer.platforms.definition_diff.fields import fields, same
from deployer.platforms.definition_diff.matching import MatchedRows, Row

Inside = tuple[str, ...]


class Parts:
    """Filled while two definitions are gone through. Keys of nodes are unique, whatever the ids are."""

    def __init__(self) -> None:
        self.parts: list[PartDifference] = []
        self.nodes: list[DrawnNode] = []
        self.edges: list[DrawnEdge] = []
        self._keys: set[str] = set()

    def difference(self, against: str) -> Difference:
        return Difference(against, tuple(self.parts), DrawnGraph(tuple(self.nodes), tuple(self.edges)))

    def values(self, kind: PartKind, before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "", inside: Inside = ()) -> None:
        """A part for each value of a mapping: settings and variables."""
        for key in dict.fromkeys((*before, *after)):
            one, other = before.get(key, NO_VALUE), after.get(key, NO_VALUE)
            different = fields(one, other, (str(key),))
            if different:
                change: Literal["added", "removed", "changed"] = "added" if one is NO_VALUE else "removed" if other is NO_VALUE else "changed"
                self.parts.append(PartDifference(kind, f"{prefix}{key}", f"{prefix}{key}", "", change, different, inside))

    def part(
        self, kind: PartKind, pair: MatchedRows, different: tuple[FieldDifference, ...], inside: Inside, layout: tuple[FieldDifference, ...] = ()
    ) -> str:
        """A node, step or trigger with the fields that differ; `layout` counts when nothing else does. Returns what became of it, for the picture."""
        row, both = pair.row, pair.before is not None and pair.after is not None
        described = (kind, text(row.get("id")), text(row.get("name")), text(row.get("type")))
        change: Literal["added", "removed", "changed"] = "changed" if both else "added" if pair.before is None else "removed"
        if not both or different:
            self.parts.append(PartDifference(*described, change, different if both else (), inside))
            return change
        if layout:
            self.parts.append(PartDifference(*described, "moved", layout, inside))
        return "same"

    def node(self, key_wanted: str, label: str, kind: str, change: str, holder: str) -> str:
        """A node of the picture; returns its key."""
        key, number = key_wanted, 1
        while key in self._keys:
            number += 1
            key = f"{key_wanted}#{number}"
        self._keys.add(key)
        drawn_change: Any = change
        self.nodes.append(DrawnNode(key, label, kind, drawn_change, holder))
        return key


def changed(before: Row | None, after: Row | None, but: Collection[str] = ()) -> tuple[FieldDifference, ...]:
    """Every field of two mappings that differs, but for these at the top. Most parts are equal, so that is compared first."""
    return () if before is None or after is None or same(before, after) else fields(without(before, but), without(after, but))


def without(row: Mapping[str, Any], keys: Collection[str]) -> Row:
    return {key: value for key, value in row.items() if key not in keys}


def only(row: Mapping[str, Any] | None, keys: Collection[str]) -> Row | None:
    return None if row is None else {key: value for key, value in row.items() if key in keys}


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def called(row: Mapping[str, Any]) -> str:
    """What a person calls it."""
    return text(row.get("name")) or text(row.get("id")) or text(row.get("type"))
