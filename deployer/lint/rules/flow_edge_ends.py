"""An edge joins two nodes of its own graph. An edge to a node that is not there leads nowhere.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "ende", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import nearest, shown
from deployer.lint.flow.graph import Graph, graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_MANY = 100  # nodes: beyond that, a search for a similar id takes too long


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        dangling = graph.edges.dangling
        # A node that lost its id, or is missing altogether, is told by another rule.
        if not dangling or not graph.complete or len({name for _, _, name in dangling}) <= graph.lost_nodes:
            continue
        for index, field, name in dangling:
            verb = "leaves" if field == "sourceNodeID" else "leads to"
            yield Diagnostic(
                graph.edge_path(index, field), f"This edge {verb} {shown(name)}, and there is no such node here.", _fix(document, graph, name)
            )


def _fix(document: Document, graph: Graph, name: str) -> str:
    if any(name in other.ids for other in graphs(document)):
        return "That node is in another graph: an edge cannot enter or leave a loop."
    near = nearest(name, graph.ids) if len(graph.ids) <= _MANY else ""
    return f"Did you mean {shown(near)}?" if near else "Write the id of a node in this graph, or remove the edge."


RULE = Rule("flow-edge-ends", "error", "GPTBots refuses an edge to or from a node that is not there.", check, refused_by_platform=True)
