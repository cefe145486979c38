"""A condition says where to go when it is true, and where when it is false: handle edge cases, says meinGPT's page among its best practices.
Without a false branch the edge case is left to chance.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: forward}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
  - {id: forward, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
"""

from collections.abc import Iterator

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import mistyped, parts


def check(document: Document) -> Iterator[Diagnostic]:
    for part in parts(document):
        if part.data["type"] != "condition" or "false_branch" in part.config:
            continue
        if "false_branch" not in mistyped(part.config, part.shape.fields, ("false_branch",)):
            yield Diagnostic((*part.path, "config"), "This condition has no `false_branch`.", "Say which step comes when it is false.", at_key=True)


RULE = Rule("condition-false-branch", "warning", "What happens when the condition is false is left open.", check)
