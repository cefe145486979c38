"""A node reads from nodes that ran on every path to it. A node on one branch of a CONDITION or INTENT has not run when another branch was taken.

A VARIABLE_AGGREGATE node joins branches: it takes the first value that is there, so it may read from any of them.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "fork", "type": "CONDITION"}, {"id": "a", "type": "CODE"},
  {"id": "end", "type": "END", "inputs": [{"name": "x", "source": "NODE", "value": "a#A#text"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "fork", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "fork", "sourceHandle": "yes", "targetNodeID": "a", "targetHandle": "in"},
    {"id": "3", "sourceNodeID": "fork", "sourceHandle": "no", "targetNodeID": "end", "targetHandle": "in"},
    {"id": "4", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "fork", "type": "CONDITION"}, {"id": "a", "type": "CODE"},
  {"id": "end", "type": "END", "inputs": [{"name": "x", "source": "NODE", "value": "start#Start#text"}]}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "fork", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "fork", "sourceHandle": "yes", "targetNodeID": "a", "targetHandle": "in"},
    {"id": "3", "sourceNodeID": "fork", "sourceHandle": "no", "targetNodeID": "end", "targetHandle": "in"},
    {"id": "4", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_FIX = "Join the branches in a VARIABLE_AGGREGATE node and read from that, or read from a node before the branches."


def check(document: Document) -> Diagnostics:
    for reference, origin_path in resolve_references(document).on_one_branch:
        message = f"{reference.node} reads from {shown(reference.origin)}, which does not run on every branch that leads here."
        yield Diagnostic(reference.path, message, _FIX, related=(origin_path, "this is the node that it reads from"))


RULE = Rule("flow-reference-branch", "warning", "A value that is read from a node on a branch which was not taken is empty.", check)
