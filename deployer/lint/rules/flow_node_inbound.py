"""An edge leads to every node but START and comments; to START leads none, for there the graph begins.

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

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.lacking:
            alone = node.id not in graph.edges.handles and node.kind != "END"
            message = f"{node} has no edges: nothing leads to it, and it leads nowhere." if alone else f"No edge leads to {_lower(str(node))}."
            fix = "Draw edges to it and from it, or remove it." if alone else "Draw one to it, or remove it with what follows."
            yield Diagnostic(graph.node_path(node, "id"), message, fix if node.kind != "END" else "Draw one to it.")
        if graph.edges.misplaced:
            yield from _to_start(graph)


def _to_start(graph: Graph) -> Iterator[Diagnostic]:
    for index, source, target in graph.edges.misplaced:
        start = graph.ids[target]
        if start.kind == "START" and graph.ids[source].kind not in ("END", "COMMENT"):
            related = (graph.node_path(start, "id"), "the START node is here")
            yield Diagnostic(
                graph.edge_path(index, "targetNodeID"),
                f"This edge leads to START, {shown(target)}.",
                "Remove it: a graph begins at START.",
                related=related,
            )


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


RULE = Rule(
    "flow-node-inbound", "error", "GPTBots refuses a node that nothing leads to, and a START that something does.", check, refused_by_platform=True
)
