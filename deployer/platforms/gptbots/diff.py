"""Two `.flow` files compared: nodes and edges, also of each subWorkflow, and what else stands at the top. Pure, linear.

What only moves a node in the picture is layout: `x` and `y` (docs/contracts/flow-format.md, "Nodes"), and what graph editors keep beside them. An
export may give new ids: nodes are then known by type and name, and what refers to the old ids is read as if it referred to the new ones.
"""

from collections.abc import Mapping
from typing import Any

from deployer.model.difference import Difference, PartDifference
from deployer.model.fingerprint import VOLATILE_FIELDS
from deployer.platforms.definition_diff.matching import MatchedRows, Row, mapping, pairs, rows
from deployer.platforms.definition_diff.parts import Inside, Parts, called, changed, only, text, without
from deployer.platforms.gptbots.edges import Side, compare_edges

LAYOUT = frozenset({"x", "y", "width", "height", "position", "positionAbsolute", "zIndex"})
LAYOUT_OF_GRAPH = frozenset({"viewport"})
_NODE = LAYOUT | {"subWorkflow"}
_GRAPH = LAYOUT_OF_GRAPH | {"workflowNodes", "workflowEdges"}
_TOP = VOLATILE_FIELDS | {"workflow"}


def compare(before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    """What differs; an empty `before` makes all of it new."""
    parts = Parts()
    parts.values("setting", without(before, _TOP), without(after, _TOP))
    _graph(parts, mapping(before.get("workflow")), mapping(after.get("workflow")), (), "", {})
    return parts.difference(against)


def _graph(parts: Parts, before: Row, after: Row, inside: Inside, holder: str, ids: Mapping[str, str]) -> None:
    """One graph; `holder` is the key of the node around it, `ids` lead from old ids to new ones in the graphs around it."""
    _settings(parts, before, after, inside)
    matched = pairs(rows(before.get("workflowNodes")), rows(after.get("workflowNodes")))
    ids = {**ids, **_new_ids(matched)}
    was, now = Side(), Side()
    for pair in matched:
        key = _node(parts, pair, inside, holder, ids)
        was.see(pair.before, key)
        now.see(pair.after, key)
        inner, other = _inner(pair.before), _inner(pair.after)
        if inner or other:
            _graph(parts, inner, other, (*inside, called(pair.row)), key, ids)
    compare_edges(parts, was.links(before.get("workflowEdges"), ids), now.links(after.get("workflowEdges"), {}), inside)


def _settings(parts: Parts, before: Row, after: Row, inside: Inside) -> None:
    """What else a graph holds."""
    parts.values("setting", without(before, _GRAPH), without(after, _GRAPH), "workflow.", inside)
    shown = changed(only(before, LAYOUT_OF_GRAPH), only(after, LAYOUT_OF_GRAPH))
    if shown and before and after:
        parts.parts.append(PartDifference("setting", "viewport", "viewport", "", "moved", shown, inside))


def _node(parts: Parts, pair: MatchedRows, inside: Inside, holder: str, ids: Mapping[str, str]) -> str:
    """Returns its key in the picture."""
    old = pair.before
    if old and ids:
        old = {**_renamed(without(old, ("subWorkflow",)), ids), "id": old.get("id")}  # its own id is what differs
    differing = changed(old, pair.after, _NODE)
    moved = () if differing else changed(only(old, LAYOUT), only(pair.after, LAYOUT))
    change = parts.part("node", pair, differing, inside, moved)
    return parts.node(f"{holder}/{text(pair.row.get('id'))}".removeprefix("/"), called(pair.row), text(pair.row.get("type")), change, holder)


def _new_ids(matched: list[MatchedRows]) -> dict[str, str]:
    both = ((text(pair.before.get("id")), text(pair.after.get("id"))) for pair in matched if pair.before and pair.after)
    return {old: new for old, new in both if old and old != new}


def _renamed(value: Any, ids: Mapping[str, str], *, is_id: bool = False) -> Any:
    """A copy with new ids: in references (`nodeId#name#variableId`; docs/contracts/flow-format.md, "Variables"), and under keys for ids."""
    if isinstance(value, dict):
        return {key: _renamed(item, ids, is_id=key.lower().endswith("id")) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, ids) for item in value]
    if not isinstance(value, str):
        return value
    node, sign, rest = value.partition("#")
    return f"{ids[node]}{sign}{rest}" if node in ids and (sign or is_id) else value


def _inner(node: Row | None) -> Row:
    return mapping((node or {}).get("subWorkflow"))
