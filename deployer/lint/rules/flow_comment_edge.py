"""A COMMENT is a note beside the graph. No edge leads to it, none leaves it.

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

from collections.abc import Iterator

from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for index, source, target in graph.edges.misplaced:
            for field, words, name in (("targetNodeID", "leads to", target), ("sourceNodeID", "leaves", source)):
                node = graph.ids[name]
                if node.kind == "COMMENT":
                    related = (graph.node_path(node, "id"), "the comment is here")
                    message = f"This edge {words} a comment."
                    yield Diagnostic(
                        graph.edge_path(index, field), message, "Remove the edge: a comment takes no part in the graph.", related=related
                    )
                    break


RULE = Rule("flow-comment-edge", "error", "GPTBots refuses edges at a comment, which nothing runs through.", check, refused_by_platform=True)
