"""A node that no path from START leads to never runs.

What the unreachable part hangs on is an error of its own (nothing leads to it, or it is a cycle), so the first node after that is
named, once for the whole part.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "a", "type": "CODE"}, {"id": "b", "type": "CODE"},
    {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "b", "targetHandle": "in"},
    {"id": "3", "sourceNodeID": "b", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "a", "type": "CODE"}, {"id": "b", "type": "CODE"},
    {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "b", "targetHandle": "in"},
    {"id": "3", "sourceNodeID": "b", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.lint.flow.graph import Graph, graphs
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.model.text import count

_APART = ("COMMENT", "")


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        cyclic = len(graph.order) < len(graph.ids)
        # Where a node leads nowhere, an edge is missing, and that is told.
        if (graph.lacking or cyclic) and graph.joined and not graph.dead_ends:
            yield from _told(graph)


def _told(graph: Graph) -> Iterator[Diagnostic]:
    reached = graph.reached()
    roots = {node.id for node in graph.lacking}
    left = {name for name, node in graph.ids.items() if name not in reached and node.kind not in _APART}
    for name in (*graph.order, *graph.ids):  # each after what leads to it, as far as there is such an order
        if name not in left or name in roots:
            continue
        part = _part(graph, name, left)
        left -= part
        others = len(part - roots) - 1
        root = next((each for each in graph.ids if each in part and each in roots), None)
        related = (graph.node_path(graph.ids[root], "id"), "nothing leads to this one, which comes before it") if root else None
        node = graph.ids[name]
        message = f"START does not lead to {str(node)[0].lower()}{str(node)[1:]}" + (
            f", nor to {count(others, 'node')} around it." if others else "."
        )
        yield Diagnostic(graph.node_path(node, "id"), message, "Draw an edge to where this part begins, or remove the part.", related=related)


def _part(graph: Graph, name: str, left: set[str]) -> set[str]:
    """Everything in `left` that hangs together with that node."""
    part = {name}
    waiting = [name]
    for each in waiting:  # grows while it is gone through
        for other in (*graph.edges.ins.get(each, ()), *graph.edges.outs.get(each, ())):
            if other in left and other not in part:
                part.add(other)
                waiting.append(other)
    return part


RULE = Rule("flow-unreachable", "warning", "What START does not lead to never runs.", check)
