"""An edge says where it comes from and where it leads: `sourceNodeID` and `targetNodeID`, with a `sourceHandle` and a `targetHandle`.

How handles are spelled is not checked.

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

from collections.abc import Iterator

from deployer.formats.quoting import a_kind, shown
from deployer.lint.flow.edges import FIELDS
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_FIXES = {
    "sourceNodeID": "Write the id of the node that it leaves.",
    "targetNodeID": "Write the id of the node that it leads to.",
    "sourceHandle": "Write the handle that it leaves from, as another edge of that node has it.",
    "targetHandle": "Write the handle that it leads to, as another edge to that node has it.",
}


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for index, edge in graph.edges.flawed:
            name = f"The edge {shown(edge['id'])}" if isinstance(edge.get("id"), str) and edge["id"] else "This edge"
            for field in FIELDS:
                value = edge.get(field)
                if value is None or value == "":
                    where = field if field in edge or "id" not in edge else "id"
                    yield Diagnostic(graph.edge_path(index, where), f"{name} has {'an empty' if value == '' else 'no'} `{field}`.", _FIXES[field])
                elif not isinstance(value, str):
                    yield Diagnostic(graph.edge_path(index, field), f"`{field}` must be text, and is {a_kind(value)}.", _FIXES[field])


RULE = Rule("flow-edge-field", "error", "GPTBots refuses an edge that does not say what it joins.", check, refused_by_platform=True)
