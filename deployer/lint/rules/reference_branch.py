"""The step that one branch of a condition leads to reads a step that only the other branch leads to. The page does not define whether the
first continues with the second; when the condition chooses the reader, the step that it reads has not run in any case.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: send}}
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: send, false_branch: note}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
  - {id: note, type: email, config: {to: sales@example.com, body: "{{greet.output}}"}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("reference-branch", "warning", "When a branch is taken, the steps on the other one have not run.")
