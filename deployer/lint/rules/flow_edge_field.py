"""An edge has two ends, `sourceNodeID` and `targetNodeID`, with a `sourceHandle` and a `targetHandle`.

The form of handles is not checked.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START"}, {"id": "b", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "a", "sourceHandle": "", "targetNodeID": "b", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "START"}, {"id": "b", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "a", "sourceHandle": "out", "targetNodeID": "b", "targetHandle": "in"}]}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.edges import EDGE_FIELDS
from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.values import number_text

_FIXES = {
    "sourceNodeID": "Write the id of the node that it leaves.",
    "targetNodeID": "Write the id of the node that it leads to.",
    "sourceHandle": "Write the handle that it leaves from, as another edge of that node has it.",
    "targetHandle": "Write the handle that it leads to, as another edge to that node has it.",
}


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for index, edge in graph.edges.flawed:
            name = f"The edge {shown(edge['id'])}" if isinstance(edge.get("id"), str) and edge["id"] else "This edge"
            for field in EDGE_FIELDS:
                value = edge.get(field)
                if value is None or value == "":
                    key = field if field in edge or "id" not in edge else "id"
                    yield Diagnostic(graph.edge_path(index, key), f"{name} has {'an empty' if value == '' else 'no'} `{field}`.", _FIXES[field])
                elif not isinstance(value, str) and not number_text(value):
                    yield Diagnostic(graph.edge_path(index, field), mismatch(f"`{field}`", "text", value), _FIXES[field])


RULE = Rule("flow-edge-field", "error", "GPTBots refuses an edge without its two ends and handles.", check, refused_by_platform=True)
