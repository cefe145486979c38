"""Each group of a VARIABLE_AGGREGATE node has a name, its `groupName`: the output is named by it.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupType": "STRING", "variables": [{"type": "STRING"}]}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
"""

from deployer.lint.flow.aggregates import read_groups
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for group in read_groups(document):
        if not group.name:
            fix = "Rename `name` to `groupName`." if group.data.get("name") else "Add the name of its output."
            yield Diagnostic((*group.path, "groupName"), f"A group of {group.node.title} has no `groupName`.", fix)


RULE = Rule("flow-aggregate-name", "error", "GPTBots refuses a group of variables without a name.", check, refused_by_platform=True)
