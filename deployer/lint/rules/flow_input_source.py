"""Each input of a node has a `source`: DIRECT (the value as written), NODE (another node's), ENV or GLOBAL.

No page of the vendor tells what the platform does with an input that has none.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE", "inputs": [{"name": "n", "value": "7"}]}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE", "inputs": [{"name": "n", "source": "DIRECT", "value": "7"}]}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.irregular_nodes import find_irregular_nodes, input_title
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node, index, item in find_irregular_nodes(document).inputs:
        if isinstance(item, dict) and item.get("source") is None:
            path = graph.node_path(node, "inputs", index, "source")
            yield Diagnostic(path, f"{input_title(item)} has no `source`.", "Write DIRECT, NODE, ENV or GLOBAL.")


RULE = Rule("flow-input-source", "error", "The platform cannot find the value of an input without its source.", check)
