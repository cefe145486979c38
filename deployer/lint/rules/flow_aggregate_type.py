"""Each group of a VARIABLE_AGGREGATE node has a `groupType`, and its variables have that type.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": [{"type": "NUMBER"}]}]}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.aggregates import Group, read_groups
from deployer.lint.flow.node_types import is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for group in read_groups(document):
        if is_filled(group.data.get("groupType")):
            yield from _check_variables(group, group.data["groupType"])
        else:
            fix = "Add the type of its variables, such as `STRING`."
            yield Diagnostic((*group.path, "groupType"), f"{group.title} has no `groupType`.", fix)


def _check_variables(group: Group, expected: object) -> Diagnostics:
    variables = group.data.get("variables")
    for index, variable in enumerate(variables if isinstance(variables, list) else ()):
        if isinstance(variable, dict) and variable.get("type") != expected:
            got = shown(variable["type"]) if variable.get("type") is not None else "no type"
            message = f"{group.title} holds variables of the type {shown(expected)}, and this one has {got}."
            yield Diagnostic((*group.path, "variables", index, "type"), message, "Give the group and its variables one type, or remove the variable.")


RULE = Rule(
    "flow-aggregate-type", "error", "GPTBots refuses a group whose variables have another type than the group.", check, refused_by_platform=True
)
