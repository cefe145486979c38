"""An edge leads to every node but START and comments. No edge leads to START, where the graph begins.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for node in graph.without_inbound:
            isolated = node.id not in graph.edges.handles and node.kind != "END"
            message = f"{node} has no edges: nothing leads to it, and it leads nowhere." if isolated else f"No edge leads to {node.title}."
            fix = "Draw edges to it and from it, or remove it." if isolated else "Draw one to it, or remove it with the nodes after it."
            yield Diagnostic(graph.node_path(node, "id"), message, fix if node.kind != "END" else "Draw one to it.")
        yield from _edges_to_start(graph)


def _edges_to_start(graph: Graph) -> Diagnostics:
    for index, source, target in graph.edges.misplaced:
        start = graph.ids[target]
        if start.kind == "START" and graph.ids[source].kind not in ("END", "COMMENT"):
            related = (graph.node_path(start, "id"), "the START node is here")
            message = f"This edge leads to START, {shown(target)}."
            yield Diagnostic(graph.edge_path(index, "targetNodeID"), message, "Remove it: a graph begins at START.", related=related)


RULE = Rule(
    "flow-node-inbound", "error", "GPTBots refuses a node that no edge leads to, and an edge that leads to START.", check, refused_by_platform=True
)
