"""Every edge has an `id` of its own.

Bad:
```json
{"workflow": {"workflowNodes": [], "workflowEdges": [{"id": "1", "sourceNodeID": "a", "targetNodeID": "b"}, {"id": "1", "sourceNodeID": "b"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [], "workflowEdges": [{"id": "1", "sourceNodeID": "a", "targetNodeID": "b"}, {"id": "2", "sourceNodeID": "b"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        seen: dict[str, int] = {}
        for index, edge in graph.edges.rows:
            name = edge.get("id")
            if type(name) is not str or not name:
                message = "This edge has no `id`." if name is None else f"An edge's `id` cannot be {shown(name)}."
                yield Diagnostic(graph.edge_path(index, "id"), message, "Give it one that no other edge has: text in quotes.")
            elif name in seen:
                first = (graph.edge_path(seen[name], "id"), "the first one is here")
                yield Diagnostic(
                    graph.edge_path(index, "id"), f"There is an edge {shown(name)} already.", "Give this one an id of its own.", related=first
                )
            else:
                seen[name] = index


RULE = Rule("flow-edge-id", "error", "GPTBots refuses a graph in which two edges share an id, or one has none.", check, refused_by_platform=True)
