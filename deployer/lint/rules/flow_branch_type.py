"""The `type` of a CONDITION's branch is `IF`, `ELSE_IF` or `ELSE`. It alone decides: the name and description of a branch mean nothing.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CONDITION", "conditionParam": {
  "conditionBranches": [{"type": "IF", "sourceHandle": "yes"}, {"name": "ELSE", "sourceHandle": "no"}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "CONDITION", "conditionParam": {
  "conditionBranches": [{"type": "IF", "sourceHandle": "yes"}, {"type": "ELSE", "sourceHandle": "no"}]}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import BRANCH_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_FIX = "Write IF, ELSE_IF or ELSE."


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "CONDITION"):
        branches = node.param.get("conditionBranches") if node.param else None
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            if not isinstance(branch, dict) or branch.get("type") in BRANCH_TYPES:
                continue
            path = graph.node_path(node, "conditionParam", "conditionBranches", index, "type")
            kind = branch.get("type")
            if kind is None:
                yield Diagnostic(path, f"A branch of {node.title} has no `type`.", _FIX)
            else:
                fix = did_you_mean(kind, BRANCH_TYPES) if isinstance(kind, str) else _FIX
                yield Diagnostic(path, f"A branch of {node.title} cannot have the `type` {shown(kind)}.", fix)


RULE = Rule("flow-branch-type", "error", "GPTBots refuses a branch of an unknown type.", check, refused_by_platform=True)
