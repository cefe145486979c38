"""Calls, filters, and operators such as `and` or `===` belong to other languages; meinGPT's page shows none of them. Its list may be
incomplete, so this is a warning.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name | upper}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}, in capitals."}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("expression-unknown", "warning", "meinGPT may refuse an unknown construct, or leave it in the text unchanged.")
