"""An expression is JavaScript that meinGPT's page does not show: a call, an array, `===`, `?.`, `$` in a name. It may work, since the page does
not state that its list is complete. Names in it are checked as elsewhere.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name.toUpperCase()}}."}}
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

RULE = expression_rule("expression-unproven", "warning", "meinGPT may refuse what its page does not show, or leave it in the text unchanged.")
