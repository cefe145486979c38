"""Each group of a VARIABLE_AGGREGATE node holds one to ten variables.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": []}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
"""

from deployer.lint.flow.aggregates import read_groups
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

MOST = 10
_FIX = f"Give it 1 to {MOST} variables, each with a `type` and the value that it reads."


def check(document: Document) -> Diagnostics:
    for group in read_groups(document):
        path, variables = (*group.path, "variables"), group.data.get("variables")
        if variables is None:
            yield Diagnostic(path, f"{group.title} has no `variables`.", _FIX)
        elif not isinstance(variables, list):
            yield Diagnostic(path, mismatch("`variables`", "a list", variables), _FIX)
        elif not 1 <= len(variables) <= MOST:
            yield Diagnostic(path, f"{group.title}: expected 1 to {MOST} variables, got {len(variables)}.", _FIX)
        else:
            for index, variable in enumerate(variables):
                if not isinstance(variable, dict):
                    yield Diagnostic((*path, index), mismatch("A variable", "a mapping", variable), _FIX)


RULE = Rule("flow-aggregate-variables", "error", "GPTBots refuses a group of no variables, or of more than ten.", check, refused_by_platform=True)
