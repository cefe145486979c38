"""An expression reads the `output` of a step that does not exist, and a step with nearly that name does: a typing mistake.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{gret.output}}"}}
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

RULE = expression_rule("reference-step", "error", "The output of a step that does not exist is empty.")
