"""A SET_INTERMEDIATE_VARIABLE node has at least one assignment, and each names its variable in `leftValue`.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LOOP", "loopParam": {"loopType": "LIMITED_LOOP", "limitedLoopCount": 3},
  "subWorkflow": {"workflowNodes": [{"id": "b", "type": "SET_INTERMEDIATE_VARIABLE", "setIntermediateVariableParam": {"assignments": []}}],
    "workflowEdges": []}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LOOP", "loopParam": {"loopType": "LIMITED_LOOP", "limitedLoopCount": 3},
  "subWorkflow": {"workflowNodes": [{"id": "b", "type": "SET_INTERMEDIATE_VARIABLE", "setIntermediateVariableParam": {
    "assignments": [{"leftValue": "total", "rightValue": "1"}]}}], "workflowEdges": []}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = "Add an assignment with a `leftValue`, or remove the node."


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "SET_INTERMEDIATE_VARIABLE"):
        if node.param is None:
            continue
        path = graph.node_path(node, "setIntermediateVariableParam", "assignments")
        assignments = node.param.get("assignments")
        if not is_filled(assignments):
            yield Diagnostic(path, f"{node} has no assignments.", _FIX, at_key=True)
        elif not isinstance(assignments, list):
            yield Diagnostic(path, mismatch("`assignments`", "a list", assignments), _FIX, at_key=True)
        else:
            for index, item in enumerate(assignments):
                if not isinstance(item, dict):
                    yield Diagnostic((*path, index), mismatch("An assignment", "a mapping", item), "Give it a `leftValue`.")
                elif not is_filled(item.get("leftValue")):
                    fix = "Write the variable of the LOOP that it sets."
                    yield Diagnostic((*path, index, "leftValue"), f"An assignment of {node.title} has no `leftValue`.", fix)


RULE = Rule("flow-assignments", "error", "GPTBots refuses a node that sets no variable.", check, refused_by_platform=True)
