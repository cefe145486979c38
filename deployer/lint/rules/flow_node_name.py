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
from deployer.lint.flow.graph import Node, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import number_text


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        first_nodes: dict[str, Node] = {}
        for node in graph.nodes:
            value = node.data.get("name")
            name = value if type(value) is str else number_text(value)
            if not name.strip():
                message = f"{node} has no `name`." if value is None else f"A node's `name` cannot be {shown(value)}."
                yield Diagnostic(graph.key_path(node, "name"), message, "Give it one that no other node has: text in quotes.")
            elif name in first_nodes:
                first = (graph.node_path(first_nodes[name], "name"), "the first one is here")
                message = f"There is a node named {shown(name)} already."
                yield Diagnostic(graph.node_path(node, "name"), message, "Give this one another name.", related=first)
            else:
                first_nodes[name] = node


RULE = Rule("flow-node-name", "error", "GPTBots refuses a graph in which two nodes share a name, or one has none.", check, refused_by_platform=True)
