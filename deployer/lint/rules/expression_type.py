"""An operator or member that cannot work on what it is given: `-` on text, `.length` of a number. Only literals, `variables` and results of
operators have a known type; what an `output` or `input` holds is unknown, and never wrong.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}} in {{variables.limit.length}} words."}}
variables: {limit: 50}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}} in {{variables.limit - 10}} words."}}
variables: {limit: 50}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "expression-type")


RULE = Rule("expression-type", "warning", "An operator given the wrong kind of value gives nothing of use.", check)
