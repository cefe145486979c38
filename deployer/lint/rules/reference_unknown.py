"""An expression begins with `input`, `variables`, `secrets`, `env`, `response`, in a loop `item`, or the id of a step. Another name is
probably one of these, mistyped.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{inputs.name}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "reference-unknown")


RULE = Rule("reference-unknown", "warning", "A name that leads nowhere leaves a gap in the text.", check)
