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

from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node in find_irregular_nodes(document).positions:
        missing = [name for name in ("x", "y") if node.data.get(name) is None]
        if missing:
            names = " and no ".join(f"`{name}`" for name in missing)
            yield Diagnostic(graph.node_path(node, "id"), f"{node} has no {names}.", "Add its position on the canvas: a number.")


RULE = Rule("flow-node-position", "error", "GPTBots refuses a node without a position.", check, refused_by_platform=True)
