"""The graph rules of a `.flow`: nodes, edges, variables, and every `subWorkflow` again (`platforms/flow-format.md`)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployer.sandbox.judge_node import NODE_TYPES, node_refusals

_NO_OUTBOUND_NEEDED = ("END", "NEXT_LOOP", "CONTINUE", "BREAK")
_INNER_ONLY = ("NEXT_LOOP", "CONTINUE", "BREAK")
_SOURCES = ("DIRECT", "NODE", "ENV", "GLOBAL")
_EDGE_FIELDS = ("id", "sourceNodeID", "targetNodeID", "sourceHandle", "targetHandle")


class _Graph(NamedTuple):
    """One graph to judge. `outer`: ids of nodes outside that its nodes may read; `around`: types of the nodes that hold it."""

    value: Any
    outer: frozenset[str]
    around: tuple[str, ...]


def graph_refusal(value: Any) -> str:
    """Why the platform refuses this `workflow` value; "" when it does not. Inner graphs are judged after outer ones."""
    waiting = [_Graph(value, frozenset(), ())]
    while waiting:
        graph = waiting.pop()
        refusal = next(_refusals(graph, waiting), "")
        if refusal:
            return refusal
    return ""


def _refusals(graph: _Graph, inner: list[_Graph]) -> Iterator[str]:
    """Every reason, most basic first: later rules rely on what earlier ones found in order. Adds the graphs inside to `inner`."""
    yield from _shape_refusals(graph.value)
    nodes: list[Mapping[str, Any]] = graph.value["workflowNodes"]
    edges: list[Mapping[str, Any]] = graph.value["workflowEdges"]
    yield from _identity_refusals(nodes)
    yield from _edge_refusals(nodes, edges)
    yield from _count_refusals(graph, nodes)
    inbound, handles = {edge["targetNodeID"] for edge in edges}, _handles(edges)
    for node in nodes:
        yield from _degree_refusals(node, node["id"] in inbound, node["id"] in handles)
        yield from _place_refusals(node, graph.around)
        yield from node_refusals(node, handles.get(node["id"], frozenset()))
    sight = _Sight(nodes, edges)
    if sight.cyclic:
        yield "the graph has a cycle"
    for node in nodes:
        yield from _variable_refusals(node, sight, graph.outer)
        if node["type"] in ("LOOP", "BATCH"):
            seen = graph.outer | sight.upstream(node["id"]) | {node["id"]}
            inner.append(_Graph(node["subWorkflow"], seen, (*graph.around, node["type"])))


def _handles(edges: list[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for edge in edges:
        found.setdefault(edge["sourceNodeID"], set()).add(edge["sourceHandle"])
    return {node: frozenset(handles) for node, handles in found.items()}


def _shape_refusals(value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield "workflow must be an object"
        return
    for name in ("workflowNodes", "workflowEdges"):
        if not isinstance(value.get(name), list):
            yield f"{name} must be a list"
        elif not all(isinstance(each, Mapping) for each in value[name]):
            yield f"{name} must hold objects"


def _identity_refusals(nodes: list[Mapping[str, Any]]) -> Iterator[str]:
    for node in nodes:
        for name in ("id", "name"):
            if not isinstance(node.get(name), str) or not node[name].strip():
                yield f"a node has no {name}"
        if str(node.get("type")) not in NODE_TYPES:
            yield f"node {node.get('id')}: unknown type {node.get('type')!r}"
        for name in ("x", "y"):
            if node.get(name) is None:
                yield f"node {node.get('id')}: {name} is missing"
            elif isinstance(node[name], bool) or not isinstance(node[name], int | float):
                yield f"node {node.get('id')}: {name} must be a number"
    for name in ("id", "name"):
        yield from (f"two nodes have the {name} {value}" for value in _twice(node[name] for node in nodes))


def _edge_refusals(nodes: list[Mapping[str, Any]], edges: list[Mapping[str, Any]]) -> Iterator[str]:
    ids = {node["id"] for node in nodes}
    for edge in edges:
        for name in _EDGE_FIELDS:
            if not isinstance(edge.get(name), str) or not edge[name]:
                yield f"edge {edge.get('id')}: {name} is missing"
        if edge["sourceNodeID"] not in ids or edge["targetNodeID"] not in ids:
            yield f"edge {edge['id']}: an end does not exist"
        if edge["sourceNodeID"] == edge["targetNodeID"]:
            yield f"edge {edge['id']}: leads to its own node"
    yield from (f"two edges have the id {value}" for value in _twice(edge["id"] for edge in edges))


def _count_refusals(graph: _Graph, nodes: list[Mapping[str, Any]]) -> Iterator[str]:
    types = Counter(str(node["type"]) for node in nodes)
    if types["START"] != 1:
        yield f"a graph needs exactly one START, this one has {types['START']}"
    if types["END"] > 1 or (types["END"] == 0 and not graph.around):
        yield f"a graph needs exactly one END, this one has {types['END']}"


def _degree_refusals(node: Mapping[str, Any], inbound: bool, outbound: bool) -> Iterator[str]:
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
    if kind not in _NO_OUTBOUND_NEEDED and not outbound:
        yield f"node {name} has no outbound edge"


def _place_refusals(node: Mapping[str, Any], around: tuple[str, ...]) -> Iterator[str]:
    if node["type"] == "SET_INTERMEDIATE_VARIABLE" and "LOOP" not in around:
        yield f"node {node['name']}: only inside a LOOP"
    if node["type"] in _INNER_ONLY and not around:
        yield f"node {node['name']}: only inside a subWorkflow"


def _variable_refusals(node: Mapping[str, Any], sight: "_Sight", outer: frozenset[str]) -> Iterator[str]:
    inputs = node.get("inputs")
    if inputs is not None and (not isinstance(inputs, list) or not all(isinstance(each, Mapping) for each in inputs)):
        yield f"node {node['name']}: inputs must be a list of objects"
        return
    for each in inputs or ():
        if each.get("source") not in _SOURCES:
            yield f"node {node['name']}: an input's source must be one of {', '.join(_SOURCES)}"
        elif each["source"] == "NODE":
            yield from _reading_refusals(node, each.get("value"), sight, outer)


def _reading_refusals(node: Mapping[str, Any], value: Any, sight: "_Sight", outer: frozenset[str]) -> Iterator[str]:
    parts = value.split("#") if isinstance(value, str) else []
    if len(parts) < 3:  # a name may hold a `#` too
        yield f"node {node['name']}: reads {value!r}, which is not nodeId#name#variableId"
    elif parts[0] in outer:
        return
    elif parts[0] not in sight:
        yield f"node {node['name']}: reads from {parts[0]}, which does not exist"
    elif not sight.sees(node["id"], parts[0]):
        yield f"node {node['name']}: reads from {parts[0]}, which is not upstream"


class _Sight:
    """Which nodes lie upstream of which: one bit per node, so that a graph of thousands stays cheap."""

    def __init__(self, nodes: list[Mapping[str, Any]], edges: list[Mapping[str, Any]]) -> None:
        self._bits = {node["id"]: 1 << place for place, node in enumerate(nodes)}
        self._before = dict.fromkeys(self._bits, 0)
        after: dict[str, list[str]] = {each: [] for each in self._bits}
        waits = dict.fromkeys(self._bits, 0)
        for edge in edges:
            after[edge["sourceNodeID"]].append(edge["targetNodeID"])
            waits[edge["targetNodeID"]] += 1
        ready = [each for each, count in waits.items() if not count]
        done = 0
        while ready:
            here = ready.pop()
            done += 1
            for there in after[here]:
                self._before[there] |= self._before[here] | self._bits[here]
                waits[there] -= 1
                if not waits[there]:
                    ready.append(there)
        self.cyclic = done < len(self._bits)

    def __contains__(self, node: str) -> bool:
        return node in self._bits

    def sees(self, node: str, other: str) -> bool:
        return bool(self._before[node] & self._bits[other])

    def upstream(self, node: str) -> frozenset[str]:
        return frozenset(other for other in self._bits if self.sees(node, other))


def _twice(values: Iterator[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
