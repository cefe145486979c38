"""An edge joins two nodes of its own graph.

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

from deployer.formats.quoting import find_nearest, shown
from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_MAX_NODES = 100  # among more, the search for a similar id takes too long


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        dangling = graph.edges.dangling
        # Another rule reports a node that lost its id or is missing.
        if not dangling or not graph.complete or len({name for _, _, name in dangling}) <= graph.lost_nodes:
            continue
        for index, field, name in dangling:
            verb = "leaves" if field == "sourceNodeID" else "leads to"
            message = f"This edge {verb} {shown(name)}, and there is no such node in its graph."
            yield Diagnostic(graph.edge_path(index, field), message, _fix(document, graph, name))


def _fix(document: Document, graph: Graph, name: str) -> str:
    if any(name in other.ids for other in read_graphs(document)):
        return "Name a node of the same graph: that node is in another one, and an edge cannot enter or leave a loop."
    near = find_nearest(name, graph.ids) if len(graph.ids) <= _MAX_NODES else ""
    return f"Did you mean {shown(near)}?" if near else "Write the id of a node in this graph, or remove the edge."


RULE = Rule("flow-edge-ends", "error", "GPTBots refuses an edge to or from a node that does not exist.", check, refused_by_platform=True)
