"""An expression names a variable that the workflow's `variables` do not hold. `set` in the manifest cannot add it: it changes existing values.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}. Sign it: {{variables.signatur}}"}}
variables: {signature: The Example team}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}. Sign it: {{variables.signature}}"}}
variables: {signature: The Example team}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("reference-variable", "error", "A variable without a value is empty.")
