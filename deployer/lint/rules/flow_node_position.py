"""Every node has a position on the canvas: `x` and `y`, two numbers.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0, "y": 0}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_NUMBERS = (int, float)


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for node in graph.nodes:
            if type(node.data.get("x")) not in _NUMBERS or type(node.data.get("y")) not in _NUMBERS:
                yield from _check_position(graph, node)


def _check_position(graph: Graph, node: Node) -> Diagnostics:
    missing = [name for name in ("x", "y") if node.data.get(name) is None]
    if missing:
        names = " and no ".join(f"`{name}`" for name in missing)
        yield Diagnostic(graph.node_path(node, "id"), f"{node} has no {names}.", "Add its position on the canvas: a number.")
    for name in ("x", "y"):
        value = node.data.get(name)
        if name not in missing and type(value) not in _NUMBERS:
            yield Diagnostic(graph.node_path(node, name), mismatch(f"`{name}`", "a number", value), "Write its position on the canvas.")


RULE = Rule("flow-node-position", "error", "GPTBots refuses a node without a position.", check, refused_by_platform=True)
