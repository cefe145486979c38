"""Every node has an `id` of its own: edges and references use it.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "start", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        if len(graph.ids) == len(graph.nodes):
            continue
        for node in graph.nodes:
            if not node.id:
                message = f"A node's `id` cannot be {shown(node.data['id'])}." if "id" in node.data else "This node has no `id`."
                yield Diagnostic(graph.node_path(node, "id"), message, "Give it one that no other node has: text in quotes.")
        for node in graph.repeated:
            first = (graph.node_path(graph.ids[node.id], "id"), "the first one is here")
            fix = "Give this one an id of its own, and change the edges and references that mean it."
            yield Diagnostic(graph.node_path(node, "id"), f"There is a node {shown(node.id)} already.", fix, related=first)


RULE = Rule("flow-node-id", "error", "Edges and references name a node by its id.", check, refused_by_platform=True)
