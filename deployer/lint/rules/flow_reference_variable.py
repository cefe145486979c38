"""What an input reads from another node is one of that node's `outputs`. GPTBots takes the file otherwise, and the value is empty.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START", "outputs": [{"id": "message", "name": "message"}]},
  {"id": "end", "type": "END", "inputs": [{"name": "m", "source": "NODE", "value": "start#Start#mesage"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START", "outputs": [{"id": "message", "name": "message"}]},
  {"id": "end", "type": "END", "inputs": [{"name": "m", "source": "NODE", "value": "start#Start#message"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.contents import mappings
from deployer.lint.flow.graph import Graph, Node
from deployer.lint.flow.references import readings
from deployer.lint.rule import Diagnostic, Document, Rule

_MANY = 100  # names: among more, a search for a similar one takes too long


def check(document: Document) -> Iterator[Diagnostic]:
    offered: dict[int, dict[str, None]] = {}
    for reading, node in readings(document).unlisted:
        if id(node) not in offered:
            # Outputs may hold fields of their own.
            inner = (each.get(key) for _, each in mappings(node.data.get("outputs"), ()) for key in ("id", "name"))
            offered[id(node)] = {name: None for name in inner if isinstance(name, str)}
        names = offered[id(node)]
        if reading.variable in names or _is_around(reading.graph, node):
            continue
        message = f"The node {shown(node.id)} lists no output {shown(reading.variable)}."
        fix = did_you_mean(reading.variable, list(names)[:_MANY]) if names else "Add it to that node's `outputs`, or read another variable."
        yield Diagnostic(reading.path, message, fix)


def _is_around(graph: Graph | None, node: Node) -> bool:
    """To the nodes inside it a loop shows more than its outputs."""
    while graph:
        if graph.holder is node:
            return True
        graph = graph.outer
    return False


RULE = Rule("flow-reference-variable", "warning", "An input that reads a variable which no node offers stays empty.", check)
