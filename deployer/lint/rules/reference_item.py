"""`item` is what a loop has in hand. Outside of a loop's steps it means nothing.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: send, type: email, config: {to: "{{item.email}}", body: Hello}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: each_user
    type: loop
    config:
      items: "{{input.users}}"
      steps:
        - {id: send, type: email, config: {to: "{{item.email}}", body: Hello}}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "reference-item")


RULE = Rule("reference-item", "error", "Outside a loop there is no item.", check)
