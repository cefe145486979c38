"""A graph has no cycles: no path leads back to a node on it. To repeat something, put it into a LOOP.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE"}, {"id": "b", "type": "CODE"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "b", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "b", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE"}, {"id": "b", "type": "CODE"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "b", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_MAX_SHOWN = 5


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        if len(graph.order) < len(graph.ids) and not graph.repeated:
            yield from _check_graph(graph)


def _check_graph(graph: Graph) -> Diagnostics:
    """One finding for each group of cycles: at the first edge that leads back on a walk from START."""
    index_of = {(edge.get("sourceNodeID"), edge.get("targetNodeID")): index for index, edge in reversed(graph.edges.rows) if _has_text_ids(edge)}
    for cycle in _cycles(graph):
        names = [*cycle, cycle[0]] if len(cycle) <= _MAX_SHOWN else [*cycle[: _MAX_SHOWN - 2], "…", cycle[-1], cycle[0]]
        message = f"This edge closes a cycle: {' → '.join(name if name == '…' else shown(name) for name in names)}."
        related = (graph.node_path(graph.ids[cycle[0]], "id"), "it leads back here")
        path = graph.edge_path(index_of[cycle[-1], cycle[0]], "targetNodeID")
        yield Diagnostic(path, message, "Lead it to a later node; to repeat something, use a LOOP.", related=related)


def _has_text_ids(edge: dict[str, object]) -> bool:
    return isinstance(edge.get("sourceNodeID"), str) and isinstance(edge.get("targetNodeID"), str)


def _cycles(graph: Graph) -> Iterator[list[str]]:
    """Cycles that share no node, each as its nodes in order, by depth-first search from START, then from the other nodes."""
    done: set[str] = set()
    for root in (*(node.id for node in graph.by_type.get("START", ())), *graph.ids):
        if root and root not in done:
            yield from _cycles_from(graph.edges.outs, root, done)


def _cycles_from(outs: dict[str, list[str]], root: str, done: set[str]) -> Iterator[list[str]]:
    trail, targets, place = [root], [iter(outs.get(root, ()))], {root: 0}
    reported: list[tuple[int, int]] = []  # stretches of the trail that are in a reported cycle: first and last place
    while trail:
        name = next(targets[-1], None)
        if name is None:
            targets.pop()
            done.add(trail[-1])
            del place[trail.pop()]
            if reported and reported[-1][1] == len(trail):
                first, last = reported.pop()
                reported += [(first, last - 1)] if last > first else []
        elif name in place:
            if not reported or reported[-1][1] < place[name]:
                yield trail[place[name] :]
                reported.append((place[name], len(trail) - 1))
        elif name not in done:
            place[name] = len(trail)
            trail.append(name)
            targets.append(iter(outs.get(name, ())))


RULE = Rule("flow-cycle", "error", "GPTBots refuses a graph with a cycle.", check, refused_by_platform=True)
