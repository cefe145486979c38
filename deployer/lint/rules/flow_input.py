"""A node's `inputs` are a list of mappings, each with a `source`: DIRECT (the value as written), NODE (another node's), ENV or GLOBAL.

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
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_SOURCES = ("DIRECT", "NODE", "ENV", "GLOBAL")
_FIX = "Write DIRECT, NODE, ENV or GLOBAL."


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for node in graph.nodes:
            inputs = node.data.get("inputs")
            if type(inputs) is list:
                for index, item in enumerate(inputs):
                    if type(item) is not dict or item.get("source") not in _SOURCES:
                        yield _check_item(graph, node, index, item)
            elif inputs is not None:
                fix = "Write each input as an item, or an empty list."
                yield Diagnostic(graph.node_path(node, "inputs"), mismatch("`inputs`", "a list", inputs), fix)


def _check_item(graph: Graph, node: Node, index: int, item: object) -> Diagnostic:
    path = graph.node_path(node, "inputs", index)
    if not isinstance(item, dict):
        return Diagnostic(path, mismatch("An input", "a mapping", item), "Give it a `name`, a `source` and a `value`.")
    name = f"The input {shown(item['name'])}" if isinstance(item.get("name"), str) and item["name"].strip() else "This input"
    if item.get("source") is None:
        return Diagnostic((*path, "source"), f"{name} has no `source`.", _FIX)
    return Diagnostic((*path, "source"), f"{name} cannot have the `source` {shown(item['source'])}.", _FIX)


RULE = Rule("flow-input", "error", "GPTBots refuses an input without the source of its value.", check, refused_by_platform=True)
