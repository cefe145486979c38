"""A condition consists of `{{…}}` for references, and operators, numbers, texts in quotes, `true`, `false`, `null` around them. A word without
quotes is none of these.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_urgent, type: condition, config: {condition: "{{input.priority}} == high", true_branch: send, false_branch: send}}
  - {id: send, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_urgent, type: condition, config: {condition: "{{input.priority}} == 'high'", true_branch: send, false_branch: send}}
  - {id: send, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("condition-words", "warning", "A name without braces is not resolved.")
