"""A COMMENT is a note beside the graph. No edge leads to it or leaves it.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "note", "type": "COMMENT", "commentParam": {}}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "note", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "note", "type": "COMMENT", "commentParam": {}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for index, source, target in graph.edges.misplaced:
            for field, verb, name in (("targetNodeID", "leads to", target), ("sourceNodeID", "leaves", source)):
                node = graph.ids[name]
                if node.kind == "COMMENT":
                    related = (graph.node_path(node, "id"), "the comment is here")
                    fix = "Remove the edge: a comment is not part of the graph."
                    yield Diagnostic(graph.edge_path(index, field), f"This edge {verb} a comment.", fix, related=related)
                    break


RULE = Rule("flow-comment-edge", "error", "GPTBots refuses an edge to or from a comment.", check, refused_by_platform=True)
