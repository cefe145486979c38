"""Calls, filters, and operators such as `and` or `===` are known from other languages; meinGPT's page shows none of them. It does not say that
its list is complete, so this is a warning.

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

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "expression-unknown")


RULE = Rule("expression-unknown", "warning", "What meinGPT does not know it may refuse, or leave in the text as it stands.", check)
