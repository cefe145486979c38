"""What stands between `{{` and `}}` is an expression: names, members, operators, texts in quotes. Braces, brackets and quotes are closed.

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

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "expression-syntax")


RULE = Rule("expression-syntax", "error", "What cannot be read cannot be filled in.", check)
