"""The variable that a node reads from another one is one of that node's `outputs`. Otherwise GPTBots takes the file, and the value is empty.

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

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.graph import Graph, Node
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import iter_mappings

_MAX_NAMES = 100  # among more, the search for a similar one takes too long


def check(document: Document) -> Diagnostics:
    outputs: dict[int, dict[str, None]] = {}
    for reference, node in resolve_references(document).unlisted:
        if id(node) not in outputs:
            # Outputs may hold fields of their own.
            names = (mapping.get(key) for _, mapping in iter_mappings(node.data.get("outputs"), ()) for key in ("id", "name"))
            outputs[id(node)] = {name: None for name in names if isinstance(name, str)}
        known = outputs[id(node)]
        if reference.variable in known or _is_around(reference.graph, node):
            continue
        message = f"The node {shown(node.id)} lists no output {shown(reference.variable)}."
        fix = did_you_mean(reference.variable, list(known)[:_MAX_NAMES]) if known else "Add it to that node's `outputs`, or read another variable."
        yield Diagnostic(reference.path, message, fix)


def _is_around(graph: Graph | None, node: Node) -> bool:
    """Whether the node is a loop around the graph: nodes inside it can read more than its outputs."""
    while graph:
        if graph.holder is node:
            return True
        graph = graph.outer
    return False


RULE = Rule("flow-reference-variable", "warning", "A value that is read from a variable which the node does not have stays empty.", check)
