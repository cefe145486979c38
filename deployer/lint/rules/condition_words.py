"""A condition is made of `{{…}}` for what is looked up, and around it operators, numbers, texts in quotes, `true`, `false`, `null`. A bare
word there is neither.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_urgent, type: condition, config: {condition: "{{input.priority}} == high", true_branch: send, false_branch: send}}
  - {id: send, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_urgent, type: condition, config: {condition: "{{input.priority}} == 'high'", true_branch: send, false_branch: send}}
  - {id: send, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "condition-words")


RULE = Rule("condition-words", "warning", "A name without braces is not looked up.", check)
