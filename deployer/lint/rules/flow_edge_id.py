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

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import number_text


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        first_index: dict[str, int] = {}
        for index, edge in graph.edges.rows:
            value = edge.get("id")
            name = value if type(value) is str else number_text(value)
            path = graph.edge_path(index, "id")
            if not name:
                message = "This edge has no `id`." if value is None else f"An edge's `id` cannot be {shown(value)}."
                yield Diagnostic(path, message, "Give it one that no other edge has: text in quotes.")
            elif name in first_index:
                first = (graph.edge_path(first_index[name], "id"), "the first one is here")
                yield Diagnostic(path, f"There is an edge {shown(name)} already.", "Give this one an id of its own.", related=first)
            else:
                first_index[name] = index


RULE = Rule("flow-edge-id", "error", "GPTBots refuses a graph in which two edges share an id, or one has none.", check, refused_by_platform=True)
