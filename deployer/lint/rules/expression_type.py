"""An operator or member that cannot work on its value: `-` on text, `.length` of a number. Only literals, `variables` and results of operators
have a known type; the type of an `output` or `input` is unknown, and never wrong.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}} in {{variables.limit.length}} words."}}
variables: {limit: 50}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}} in {{variables.limit - 10}} words."}}
variables: {limit: 50}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("expression-type", "warning", "An operator on a value of the wrong type has no useful result.")
