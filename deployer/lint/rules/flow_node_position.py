"""Every node says where it is drawn: `x` and `y`, two numbers.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0, "y": 0}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_NUMBERS = (int, float)


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.nodes:
            if type(node.data.get("x")) not in _NUMBERS or type(node.data.get("y")) not in _NUMBERS:
                yield from _wrong(graph, node)


def _wrong(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    missing = [name for name in ("x", "y") if node.data.get(name) is None]
    if missing:
        yield Diagnostic(
            graph.node_path(node, "id"), f"{node} has no {' and no '.join(f'`{name}`' for name in missing)}.", "Add where it is drawn: a number."
        )
    for name in ("x", "y"):
        value = node.data.get(name)
        if name not in missing and type(value) not in _NUMBERS:
            yield Diagnostic(graph.node_path(node, name), f"`{name}` must be a number, and is {a_kind(value)}.", "Write where the node is drawn.")


RULE = Rule("flow-node-position", "error", "GPTBots refuses a node that has no place to be drawn at.", check, refused_by_platform=True)
