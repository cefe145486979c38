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

from collections.abc import Iterator

from deployer.formats.quoting import a_kind, shown
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_SOURCES = ("DIRECT", "NODE", "ENV", "GLOBAL")
_FIX = "Write DIRECT, NODE, ENV or GLOBAL."


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.nodes:
            listed = node.data.get("inputs")
            if type(listed) is list:
                for index, each in enumerate(listed):
                    if type(each) is not dict or each.get("source") not in _SOURCES:
                        yield _wrong(graph, node, index, each)
            elif listed is not None:
                message = f"`inputs` must be a list, and is {a_kind(listed)}."
                yield Diagnostic(graph.node_path(node, "inputs"), message, "Write each input as an item, or an empty list.")


def _wrong(graph: Graph, node: Node, index: int, each: object) -> Diagnostic:
    path = graph.node_path(node, "inputs", index)
    if not isinstance(each, dict):
        return Diagnostic(path, f"An input must be a mapping, and this is {a_kind(each)}.", "Give it a `name`, a `source` and a `value`.")
    name = f"The input {shown(each['name'])}" if isinstance(each.get("name"), str) and each["name"].strip() else "This input"
    if each.get("source") is None:
        return Diagnostic((*path, "source"), f"{name} has no `source`.", _FIX)
    return Diagnostic((*path, "source"), f"{name} cannot have the `source` {shown(each['source'])}.", _FIX)


RULE = Rule("flow-input", "error", "GPTBots refuses an input that does not say where its value comes from.", check, refused_by_platform=True)
