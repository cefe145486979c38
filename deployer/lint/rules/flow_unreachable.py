"""A node that no path from START leads to never runs.

The cause is an error of its own (no edge leads to a node, or there is a cycle), so one finding names the first node after it, for the
whole part.

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

from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.model.text import count

_SKIPPED = ("COMMENT", "")


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        cyclic = len(graph.order) < len(graph.ids)
        # Where a node leads nowhere, an edge is missing, and another rule reports it.
        if (graph.without_inbound or cyclic) and graph.is_sound and not graph.without_outbound:
            yield from _check_graph(graph)


def _check_graph(graph: Graph) -> Diagnostics:
    reached = graph.reachable_ids()
    roots = {node.id for node in graph.without_inbound}
    remaining = {name for name, node in graph.ids.items() if name not in reached and node.kind not in _SKIPPED}
    for name in (*graph.order, *graph.ids):  # predecessors first, as far as the order goes
        if name not in remaining or name in roots:
            continue
        part = _connected_part(graph, name, remaining)
        remaining -= part
        others = len(part - roots) - 1
        root = next((other for other in graph.ids if other in part and other in roots), None)
        related = (graph.node_path(graph.ids[root], "id"), "no edge leads to this one, which comes before it") if root else None
        node = graph.ids[name]
        more = f", nor to {count(others, 'node')} around it" if others else ""
        message = f"START does not lead to {node.title}{more}."
        yield Diagnostic(graph.node_path(node, "id"), message, "Draw an edge to where this part begins, or remove the part.", related=related)


def _connected_part(graph: Graph, name: str, remaining: set[str]) -> set[str]:
    """Every node in `remaining` that edges connect with that node."""
    part = {name}
    queue = [name]
    for member in queue:  # grows during the loop
        for other in (*graph.edges.ins.get(member, ()), *graph.edges.outs.get(member, ())):
            if other in remaining and other not in part:
                part.add(other)
                queue.append(other)
    return part


RULE = Rule("flow-unreachable", "warning", "A node that START does not lead to never runs.", check)
