"""Every node has a `name` of its own: people recognise it by the name, and references contain it.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "name": "Begin"}, {"id": "b", "type": "END", "name": "Begin"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "name": "Begin"}, {"id": "b", "type": "END", "name": "End"}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import number_text


def check(document: Document) -> Diagnostics:
    for graph in find_irregular_nodes(document).names:
        first_paths: dict[str, tuple[str | int, ...]] = {}
        for node in graph.nodes:
            value = node.data.get("name")
            name = value if type(value) is str else number_text(value)
            if not name.strip():
                message = f"{node} has no `name`." if value is None else f"A node's `name` cannot be {shown(value)}."
                yield Diagnostic(graph.key_path(node, "name"), message, "Give it one that no other node has: text in quotes.")
            elif name in first_paths:
                first = (first_paths[name], "the first one is here")
                message = f"There is a node named {shown(name)} already."
                yield Diagnostic(graph.node_path(node, "name"), message, "Give this one another name.", related=first)
            else:
                first_paths[name] = graph.node_path(node, "name")


RULE = Rule("flow-node-name", "error", "GPTBots refuses a graph in which two nodes share a name, or one has none.", check, refused_by_platform=True)
