"""NEXT_LOOP, CONTINUE and BREAK control the loop around them; SET_INTERMEDIATE_VARIABLE keeps a value for a LOOP's next round.

The first three belong into the `subWorkflow` of a LOOP or BATCH, the last one into that of a LOOP, at any depth.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BREAK"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LOOP", "loopParam": {"loopType": "LIMITED_LOOP", "limitedLoopCount": 3},
  "subWorkflow": {"workflowNodes": [{"id": "b", "type": "START"}, {"id": "c", "type": "BREAK"}], "workflowEdges": []}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import LOOP_ENDS
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, *LOOP_ENDS):
        if not graph.is_inner:
            fix = "Move it into the `subWorkflow` of a LOOP or BATCH, or remove it."
            yield Diagnostic(graph.node_path(node, "type"), f"{node} is outside of any loop.", fix)
    for graph, node in nodes_of_type(document, "SET_INTERMEDIATE_VARIABLE"):
        if "LOOP" not in graph.loop_types and "" not in graph.loop_types:  # "": a node of an unknown type, which may be meant as a LOOP
            place = "in a BATCH, which has no next round" if graph.is_inner else "outside of any LOOP"
            yield Diagnostic(graph.node_path(node, "type"), f"{node} is {place}.", "Move it into the `subWorkflow` of a LOOP, or remove it.")


RULE = Rule("flow-loop-only", "error", "GPTBots refuses a node that controls a loop outside of one.", check, refused_by_platform=True)
