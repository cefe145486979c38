"""A node reads from nodes that ran before it: some path leads from them to it. Inside a loop, also from what comes before the loop.

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

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.references import readings
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for reading, where in readings(document).behind:
        itself = reading.origin == reading.node.id
        message = f"{reading.node} reads from {'itself' if itself else f'{shown(reading.origin)}, which does not come before it'}."
        fix = "Read from a node that comes before." if itself else "Lead an edge from there to here, or read from a node that comes before."
        yield Diagnostic(reading.path, message, fix, related=None if itself else (where, "this is the node that it reads from"))


RULE = Rule("flow-reference-upstream", "error", "GPTBots refuses an input that reads what has not run yet.", check, refused_by_platform=True)
