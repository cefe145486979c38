"""A node's `inputs` are a list of mappings, and the `source` of each is one of DIRECT, NODE, ENV and GLOBAL.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE", "inputs": [{"name": "n", "source": "CONSTANT", "value": "7"}]}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CODE", "inputs": [{"name": "n", "source": "DIRECT", "value": "7"}]}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.irregular_nodes import find_irregular_nodes, input_title
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch


def check(document: Document) -> Diagnostics:
    irregular = find_irregular_nodes(document)
    for graph, node in irregular.input_lists:
        fix = "Write each input as an item, or an empty list."
        yield Diagnostic(graph.node_path(node, "inputs"), mismatch("`inputs`", "a list", node.data["inputs"]), fix)
    for graph, node, index, item in irregular.inputs:
        path = graph.node_path(node, "inputs", index)
        if not isinstance(item, dict):
            yield Diagnostic(path, mismatch("An input", "a mapping", item), "Give it a `name`, a `source` and a `value`.")
        elif item.get("source") is not None:
            message = f"{input_title(item)} cannot have the `source` {shown(item['source'])}."
            yield Diagnostic((*path, "source"), message, "Write DIRECT, NODE, ENV or GLOBAL.")


RULE = Rule("flow-input", "error", "GPTBots refuses an input of an unknown source.", check, refused_by_platform=True)
