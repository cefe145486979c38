"""A VARIABLE_AGGREGATE node returns, for each of its `groups`, the first variable with a value: it has one to ten groups.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"strategy": "FIRST_NON_NULL", "groups": []}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"name": "reply", "variables": ["draft"]}]}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = "Make each output a group with its variables, and split the node when there are more than ten."


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
        elif not 1 <= len(groups) <= 10:
            yield Diagnostic(path, f"{node}: expected 1 to 10 groups, got {len(groups)}.", _FIX, at_key=True)


RULE = Rule(
    "flow-aggregate-groups", "error", "GPTBots refuses an aggregation of nothing, or of more than ten groups.", check, refused_by_platform=True
)
