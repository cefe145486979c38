"""The graph rules of a `.flow`: nodes, edges, variables, and every `subWorkflow` in turn (docs/contracts/flow-format.md)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from deployer.sandbox.node_validator import NODE_TYPES, node_refusals

_LAST_NODES = ("END", "NEXT_LOOP", "CONTINUE", "BREAK")
_INNER_ONLY = ("NEXT_LOOP", "CONTINUE", "BREAK")
_SOURCES = ("DIRECT", "NODE", "ENV", "GLOBAL")
_EDGE_FIELDS = ("id", "sourceNodeID", "targetNodeID", "sourceHandle", "targetHandle")
_Node = Mapping[str, Any]


class _PendingGraph(NamedTuple):
    """A graph to validate. `outer`: ids of nodes outside that its nodes may read; `holders`: types of the nodes that hold it."""

    value: Any
    outer: frozenset[str]
    holders: tuple[str, ...]


def graph_refusal(value: Any) -> str:
    """Why the platform refuses this `workflow` value; "" when it does not. Inner graphs are validated after outer ones."""
    pending = [_PendingGraph(value, frozenset(), ())]
    while pending:
        refusal = next(_refusals(pending.pop(), pending), "")
        if refusal:
            return refusal
    return ""


def _refusals(graph: _PendingGraph, pending: list[_PendingGraph]) -> Iterator[str]:
    """Every reason, most basic first: later rules rely on the earlier ones. Adds the graphs inside to `pending`."""
    yield from _shape_refusals(graph.value)
    nodes = [_with_text(node, ("id", "name")) for node in graph.value["workflowNodes"]]
    edges = [_with_text(edge, _EDGE_FIELDS) for edge in graph.value["workflowEdges"]]
    yield from _identity_refusals(nodes)
    yield from _edge_refusals(nodes, edges)
    yield from _count_refusals(graph, nodes)
    targets = {edge["targetNodeID"] for edge in edges}
    handles: dict[str, set[str]] = {}
    for edge in edges:
        handles.setdefault(edge["sourceNodeID"], set()).add(edge["sourceHandle"])
    for node in nodes:
        yield from _degree_refusals(node, node["id"] in targets, node["id"] in handles)
        yield from _place_refusals(node, graph.holders)
        yield from node_refusals(node, handles.get(node["id"], set()))
    ancestors = _Ancestors(nodes, edges)
    if ancestors.cyclic:
        yield "the graph has a cycle"
    for node in nodes:
        yield from _variable_refusals(node, ancestors, graph.outer)
        if node["type"] in ("LOOP", "BATCH"):
            readable = graph.outer | ancestors.of(node["id"]) | {node["id"]}
            pending.append(_PendingGraph(node["subWorkflow"], readable, (*graph.holders, node["type"])))


def _shape_refusals(value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield "workflow must be an object"
        return
    for name in ("workflowNodes", "workflowEdges"):
        if not isinstance(value.get(name), list):
            yield f"{name} must be a list"
        elif not all(isinstance(item, Mapping) for item in value[name]):
            yield f"{name} must hold objects"


def _with_text(item: _Node, fields: tuple[str, ...]) -> _Node:
    """The item with text for each number in these fields, as the platform reads it."""
    return {**item, **{name: str(item[name]) for name in fields if type(item.get(name)) in (int, float)}}


def _identity_refusals(nodes: list[_Node]) -> Iterator[str]:
    for node in nodes:
        for name in ("id", "name"):
            if not isinstance(node.get(name), str) or not node[name].strip():
                yield f"a node has no {name}"
        if str(node.get("type")) not in NODE_TYPES:
            yield f"node {node.get('id')}: unknown type {node.get('type')!r}"
        for name in ("x", "y"):
            if node.get(name) is None:
                yield f"node {node.get('id')}: {name} is missing"
    for name in ("id", "name"):
        yield from (f"two nodes have the {name} {value}" for value in _repeated(node[name] for node in nodes))


def _edge_refusals(nodes: list[_Node], edges: list[_Node]) -> Iterator[str]:
    ids = {node["id"] for node in nodes}
    for edge in edges:
        for name in _EDGE_FIELDS:
            if not isinstance(edge.get(name), str) or not edge[name]:
                yield f"edge {edge.get('id')}: {name} is missing"
        if edge["sourceNodeID"] not in ids or edge["targetNodeID"] not in ids:
            yield f"edge {edge['id']}: an end does not exist"
        if edge["sourceNodeID"] == edge["targetNodeID"]:
            yield f"edge {edge['id']}: leads to its own node"
    yield from (f"two edges have the id {value}" for value in _repeated(edge["id"] for edge in edges))


def _count_refusals(graph: _PendingGraph, nodes: list[_Node]) -> Iterator[str]:
    types = Counter(str(node["type"]) for node in nodes)
    if types["START"] != 1:
        yield f"a graph needs exactly one START, this one has {types['START']}"
    if types["END"] != 1 and not graph.holders:
        yield f"a graph needs exactly one END, this one has {types['END']}"


def _degree_refusals(node: _Node, inbound: bool, outbound: bool) -> Iterator[str]:
    name, kind = node["name"], node["type"]
    if kind == "COMMENT":
        if inbound or outbound:
            yield f"comment {name} has an edge"
        return
    if kind == "START" and inbound:
        yield f"START {name} has an inbound edge"
    if kind == "END" and outbound:
        yield f"END {name} has an outbound edge"
    if kind != "START" and not inbound:
        yield f"node {name} has no inbound edge"
    if kind not in _LAST_NODES and not outbound:
        yield f"node {name} has no outbound edge"


def _place_refusals(node: _Node, holders: tuple[str, ...]) -> Iterator[str]:
    if node["type"] == "SET_INTERMEDIATE_VARIABLE" and "LOOP" not in holders:
        yield f"node {node['name']}: only inside a LOOP"
    if node["type"] in _INNER_ONLY and not holders:
        yield f"node {node['name']}: only inside a subWorkflow"


def _variable_refusals(node: _Node, ancestors: "_Ancestors", outer: frozenset[str]) -> Iterator[str]:
    inputs = node.get("inputs")
    if inputs is not None and (not isinstance(inputs, list) or not all(isinstance(item, Mapping) for item in inputs)):
        yield f"node {node['name']}: inputs must be a list of objects"
        return
    for item in inputs or ():
        if item.get("source") not in (None, *_SOURCES):
            yield f"node {node['name']}: an input's source must be one of {', '.join(_SOURCES)}"
        elif item.get("source") == "NODE":
            yield from _reference_refusals(node, item.get("value"), ancestors, outer)
    for value, place in _references(node):
        yield from _reference_refusals(node, value, ancestors, outer | _inner_ids(node) if place == "outputs" else outer)


def _references(node: _Node) -> Iterator[tuple[str, str]]:
    """Every value in the node whose source is NODE, but no blank one; with `outputs` where it is inside of such a field, else another name."""
    for field, content in node.items():
        pending = [(content, field)] if field != "subWorkflow" else []
        while pending:
            item, place = pending.pop()
            if isinstance(item, Mapping):
                pending += [(value, "outputs" if name == "outputs" else place) for name, value in item.items()]
                if item.get("source") == "NODE" and isinstance(item.get("value"), str) and item["value"].strip():
                    yield item["value"], place
            elif isinstance(item, list):
                pending += [(value, place) for value in item]


def _inner_ids(node: _Node) -> frozenset[str]:
    """The ids that the outputs of a LOOP or BATCH may read: its own, and those of the nodes inside. Empty for other nodes."""
    if node["type"] not in ("LOOP", "BATCH"):
        return frozenset()
    nodes = node["subWorkflow"].get("workflowNodes")
    inner = [_with_text(inner_node, ("id",)).get("id") for inner_node in nodes if isinstance(inner_node, Mapping)] if isinstance(nodes, list) else []
    return frozenset(name for name in (node["id"], *inner) if isinstance(name, str))


def _reference_refusals(node: _Node, value: Any, ancestors: "_Ancestors", outer: frozenset[str]) -> Iterator[str]:
    parts = value.split("#") if isinstance(value, str) else []
    if len(parts) < 3:  # a name may hold a `#` too
        yield f"node {node['name']}: reads {value!r}, which is not nodeId#name#variableId"
    elif parts[0] in outer:
        return
    elif parts[0] not in ancestors:
        yield f"node {node['name']}: reads from {parts[0]}, which does not exist"
    elif not ancestors.include(parts[0], node["id"]):
        yield f"node {node['name']}: reads from {parts[0]}, which is not upstream"


class _Ancestors:
    """The nodes upstream of each node: one bit per node, so that a graph of thousands stays cheap. Empty when the graph is cyclic."""

    def __init__(self, nodes: list[_Node], edges: list[_Node]) -> None:
        self._bits = {node["id"]: 1 << index for index, node in enumerate(nodes)}
        self._ancestors = dict.fromkeys(self._bits, 0)
        self.cyclic = False
        sources: dict[str, set[str]] = {node: set() for node in self._bits}
        for edge in edges:
            sources[edge["targetNodeID"]].add(edge["sourceNodeID"])
        try:
            for node in TopologicalSorter(sources).static_order():
                for source in sources[node]:
                    self._ancestors[node] |= self._ancestors[source] | self._bits[source]
        except CycleError:
            self.cyclic = True

    def __contains__(self, node: str) -> bool:
        return node in self._bits

    def include(self, ancestor: str, node: str) -> bool:
        return bool(self._ancestors[node] & self._bits[ancestor])

    def of(self, node: str) -> frozenset[str]:
        return frozenset(other for other in self._bits if self.include(other, node))


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
