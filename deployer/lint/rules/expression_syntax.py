"""The text between `{{` and `}}` is an expression: names, members, operators, texts in quotes. Braces, brackets and quotes are closed. What the
page does not show and no parser of JavaScript takes is an error; other JavaScript is `expression-unproven`.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.first + }}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.first + ' ' + input.last}}."}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("expression-syntax", "error", "meinGPT cannot fill in an expression that cannot be parsed.")
