"""The name of a group is that of a variable: letters from A to Z, digits and `_`, and no digit at its start.

The vendor's validator asks for this form. Flowship has not seen the platform refuse another one.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "first reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"groupName": "first_reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}],
  "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.aggregates import read_groups
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_FIX = "Use letters from A to Z, digits and `_`, and do not begin with a digit."


def check(document: Document) -> Diagnostics:
    for group in read_groups(document):
        if group.name and not (group.name.isascii() and group.name.isidentifier()):
            yield Diagnostic((*group.path, "groupName"), f"The name of a group, {shown(group.name)}, is not that of a variable.", _FIX)


RULE = Rule("flow-aggregate-name-form", "warning", "The vendor's validator refuses a group whose name is not that of a variable.", check)
