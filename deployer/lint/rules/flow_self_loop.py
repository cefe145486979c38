"""An edge joins two different nodes. To repeat something, put it into a LOOP.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "a", "type": "CODE"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "a", "type": "CODE"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "a", "targetHandle": "in"}]}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for index, name in graph.edges.circular:
            message = f"This edge leads from {shown(name)} to {shown(name)} itself."
            yield Diagnostic(graph.edge_path(index, "targetNodeID"), message, "Lead it to another node; to repeat something, use a LOOP.")


RULE = Rule("flow-self-loop", "error", "GPTBots refuses a node that follows itself.", check, refused_by_platform=True)
