"""A CONDITION has exactly one ELSE branch: what happens when no other branch applies must be said, and once.

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

from collections.abc import Iterator

from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.of.get("CONDITION", ()):
            branches = node.param.get("conditionBranches") if node.param else None
            if not isinstance(branches, list) or not branches:
                continue
            path = graph.node_path(node, "conditionParam", "conditionBranches")
            # The page does not name the field that says IF, ELSE_IF or ELSE: any may.
            last = [
                (*path, index, key) for index, branch in enumerate(branches) if isinstance(branch, dict) for key in branch if branch[key] == "ELSE"
            ]
            if not last and all(isinstance(branch, dict) for branch in branches):
                yield Diagnostic(path, f"{node} has no ELSE branch.", "Add one, with an edge from it.", at_key=True)
            for each in last[1:]:
                fix = "Keep one; make this one an `ELSE_IF`, or remove it with its edge."
                yield Diagnostic(each, f"{node} has an ELSE branch already.", fix, related=(last[0], "the first one is here"))


RULE = Rule("flow-condition-else", "error", "GPTBots refuses a condition that leaves open what happens otherwise.", check, refused_by_platform=True)
