"""Every node has a `name` of its own: people know it by that, and references carry it.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "name": "Begin"}, {"id": "b", "type": "END", "name": "Begin"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "name": "Begin"}, {"id": "b", "type": "END", "name": "End"}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Node, graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        seen: dict[str, Node] = {}
        for node in graph.nodes:
            name = node.data.get("name")
            if type(name) is not str or not name.strip():
                message = f"{node} has no `name`." if name is None else f"A node's `name` cannot be {shown(name)}."
                yield Diagnostic(graph.place_of(node, "name"), message, "Give it one that no other node has: text in quotes.")
            elif name in seen:
                first = (graph.node_path(seen[name], "name"), "the first one is here")
                yield Diagnostic(
                    graph.node_path(node, "name"), f"There is a node named {shown(name)} already.", "Give this one another name.", related=first
                )
            else:
                seen[name] = node


RULE = Rule("flow-node-name", "error", "GPTBots refuses a graph in which two nodes share a name, or one has none.", check, refused_by_platform=True)
