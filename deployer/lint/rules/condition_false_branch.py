"""A condition names a step for true and a step for false. meinGPT's page lists handling of edge cases among its best practices; without a
false branch they are not handled.

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

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.step_types import match_typos, read_typed_parts


def check(document: Document) -> Diagnostics:
    for part in read_typed_parts(document):
        if part.data["type"] != "condition" or "false_branch" in part.config:
            continue
        if "false_branch" not in match_typos(part.config, part.spec.fields, ("false_branch",)):
            fix = "Add `false_branch:` with the step to run when it is false."
            yield Diagnostic((*part.path, "config"), "This condition has no `false_branch`.", fix, at_key=True)


RULE = Rule("condition-false-branch", "warning", "The workflow does not define what happens when the condition is false.", check)
