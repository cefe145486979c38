"""An expression begins with `input`, `variables`, `secrets`, `env`, `response`, in a loop `item`, or the id of a step. Another name is
probably one of these, mistyped.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{inputs.name}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("reference-unknown", "warning", "An unknown name leaves a gap in the text.")
