"""The position of a node on the canvas, `x` and `y`, is two numbers.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0, "y": "10"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START", "x": 0, "y": 10}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch


def check(document: Document) -> Diagnostics:
    for graph, node in find_irregular_nodes(document).positions:
        for name in ("x", "y"):
            value = node.data.get(name)
            if value is not None and type(value) not in (int, float):
                yield Diagnostic(graph.node_path(node, name), mismatch(f"`{name}`", "a number", value), "Write its position on the canvas.")


RULE = Rule("flow-node-coordinate", "warning", "The canvas may not show a node whose position is not two numbers.", check)
