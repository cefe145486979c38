"""A graph goes one way: no path leads back to a node that it came from. To repeat something, put it into a LOOP.

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
from deployer.lint.flow.graph import Graph, graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_SHOWN = 5


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        if len(graph.order) < len(graph.ids) and not graph.repeated:
            yield from _told(graph)


def _told(graph: Graph) -> Iterator[Diagnostic]:
    """One finding for each knot of cycles: at the edge that, on a walk from START, is the first to lead back."""
    index_of = {(edge.get("sourceNodeID"), edge.get("targetNodeID")): index for index, edge in reversed(graph.edges.rows) if _plain(edge)}
    for cycle in _cycles(graph):
        names = [*cycle, cycle[0]] if len(cycle) <= _SHOWN else [*cycle[: _SHOWN - 2], "…", cycle[-1], cycle[0]]
        message = f"This edge closes a cycle: {' → '.join(name if name == '…' else shown(name) for name in names)}."
        related = (graph.node_path(graph.ids[cycle[0]], "id"), "it leads back here")
        path = graph.edge_path(index_of[cycle[-1], cycle[0]], "targetNodeID")
        yield Diagnostic(path, message, "Lead it onwards; to repeat something, use a LOOP.", related=related)


def _plain(edge: dict[str, object]) -> bool:
    return isinstance(edge.get("sourceNodeID"), str) and isinstance(edge.get("targetNodeID"), str)


def _cycles(graph: Graph) -> Iterator[list[str]]:
    """Cycles that share no node, each as its nodes in order, found by walking as deep as it goes, from START first."""
    done: set[str] = set()
    for root in (*(node.id for node in graph.of.get("START", ())), *graph.ids):
        if root and root not in done:
            yield from _walk(graph.edges.outs, root, done)


def _walk(outs: dict[str, list[str]], root: str, done: set[str]) -> Iterator[list[str]]:
    trail, ways, place = [root], [iter(outs.get(root, ()))], {root: 0}
    told: list[tuple[int, int]] = []  # stretches of the trail that a cycle was told of: first and last place
    while trail:
        each = next(ways[-1], None)
        if each is None:
            ways.pop()
            done.add(trail[-1])
            del place[trail.pop()]
            if told and told[-1][1] == len(trail):
                first, last = told.pop()
                told += [(first, last - 1)] if last > first else []
        elif each in place:
            if not told or told[-1][1] < place[each]:
                yield trail[place[each] :]
                told.append((place[each], len(trail) - 1))
        elif each not in done:
            place[each] = len(trail)
            trail.append(each)
            ways.append(iter(outs.get(each, ())))


RULE = Rule("flow-cycle", "error", "GPTBots refuses a graph that leads back to where it has been.", check, refused_by_platform=True)
