"""A CONDITION has exactly one branch of the `type` ELSE, which is taken when no other branch applies.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CONDITION", "conditionParam": {
  "conditionBranches": [{"type": "IF", "sourceHandle": "yes"}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CONDITION", "conditionParam": {
  "conditionBranches": [{"type": "IF", "sourceHandle": "yes"}, {"type": "ELSE", "sourceHandle": "no"}]}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import BRANCH_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "CONDITION"):
        branches = node.param.get("conditionBranches") if node.param else None
        if not isinstance(branches, list) or not branches:
            continue
        path = graph.node_path(node, "conditionParam", "conditionBranches")
        types = [branch.get("type") if isinstance(branch, dict) else None for branch in branches]
        elses = [(*path, index, "type") for index, kind in enumerate(types) if kind == "ELSE"]
        if not elses and all(kind in BRANCH_TYPES for kind in types):  # another type may be meant as ELSE
            yield Diagnostic(path, f"{node} has no ELSE branch.", "Add one, with an edge from it.", at_key=True)
        for duplicate in elses[1:]:
            fix = "Keep one; make this one an `ELSE_IF`, or remove it with its edge."
            yield Diagnostic(duplicate, f"{node} has an ELSE branch already.", fix, related=(elses[0], "the first one is here"))


RULE = Rule("flow-condition-else", "error", "GPTBots refuses a condition without exactly one ELSE branch.", check, refused_by_platform=True)
