"""A node reads from nodes that ran before it: a path leads from them to it. Inside a loop, it also reads from nodes before the loop.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"},
  {"id": "a", "type": "CODE", "inputs": [{"name": "x", "source": "NODE", "value": "end#End#text"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"},
  {"id": "a", "type": "CODE", "inputs": [{"name": "x", "source": "NODE", "value": "start#Start#text"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for reference, origin_path in resolve_references(document).not_upstream:
        if reference.origin == reference.node.id:
            yield Diagnostic(reference.path, f"{reference.node} reads from itself.", "Read from a node that comes before.")
            continue
        message = f"{reference.node} reads from {shown(reference.origin)}, which does not come before it."
        fix = "Lead an edge from there to here, or read from a node that comes before."
        yield Diagnostic(reference.path, message, fix, related=(origin_path, "this is the node that it reads from"))


RULE = Rule("flow-reference-upstream", "error", "GPTBots refuses a value that is read from a later node.", check, refused_by_platform=True)
