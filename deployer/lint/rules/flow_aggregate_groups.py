"""A VARIABLE_AGGREGATE node returns, for each of its `groups`, the first variable with a value: it has 1 to 20 groups.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"strategy": "FIRST_NON_NULL", "groups": []}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

MOST = 20
_FIX = f"Make each output a group with its variables, and split the node when there are more than {MOST}."


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "VARIABLE_AGGREGATE"):
        if node.param is None:
            continue
        path = graph.node_path(node, "variableAggregateParam", "groups")
        groups = node.param.get("groups")
        if groups is None:
            yield Diagnostic(path, f"{node} has no `groups`.", _FIX, at_key=True)
        elif not isinstance(groups, list):
            yield Diagnostic(path, mismatch("`groups`", "a list", groups), _FIX, at_key=True)
        elif not 1 <= len(groups) <= MOST:
            yield Diagnostic(path, f"{node}: expected 1 to {MOST} groups, got {len(groups)}.", _FIX, at_key=True)
        else:
            for index, group in enumerate(groups):
                if not isinstance(group, dict):
                    yield Diagnostic((*path, index), mismatch("A group", "a mapping", group), "Give it a `groupName`, a `groupType` and `variables`.")


RULE = Rule(
    "flow-aggregate-groups", "error", "GPTBots refuses an aggregation of nothing, or of more than 20 groups.", check, refused_by_platform=True
)
