"""The groups of a VARIABLE_AGGREGATE node have different names: each names an output.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"strategy": "FIRST_NON_NULL", "groups": [
  {"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]},
  {"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"strategy": "FIRST_NON_NULL", "groups": [
  {"groupName": "reply", "groupType": "STRING", "variables": [{"type": "STRING"}]},
  {"groupName": "source", "groupType": "STRING", "variables": [{"type": "STRING"}]}]}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.aggregates import read_groups
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    first_paths: dict[tuple[int, str], tuple[str | int, ...]] = {}
    for group in read_groups(document):
        key, path = (id(group.node), group.name), (*group.path, "groupName")
        if group.name and key in first_paths:
            related = (first_paths[key], "the first one is here")
            yield Diagnostic(path, f"{group.title} is in this node already.", "Give it another name.", related=related)
        first_paths.setdefault(key, path)


RULE = Rule("flow-aggregate-name-unique", "error", "Two outputs of one name cannot be told apart.", check)
