"""A step reads the output of a later one, or of itself. Steps run in the order of the file, and a branch may lead back: only a step that cannot
have run in any order is reported. The trigger comes before all steps.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("reference-order", "error", "A step's output is empty until it has run.")
