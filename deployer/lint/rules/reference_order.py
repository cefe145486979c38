"""A step reads what a later one, or it itself, will give. Steps run in the order of the file, and a branch may lead back: only what cannot
have run in any reading of the workflow is reported. The trigger comes before all steps.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "reference-order")


RULE = Rule("reference-order", "error", "A step's output is empty until it has run.", check)
