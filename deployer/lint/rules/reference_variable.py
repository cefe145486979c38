"""An expression names a variable that the workflow's `variables` do not hold. `set` in the manifest cannot add it: it changes what is there.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}. Sign it: {{variables.signatur}}"}}
variables: {signature: The Example team}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}. Sign it: {{variables.signature}}"}}
variables: {signature: The Example team}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "reference-variable")


RULE = Rule("reference-variable", "error", "A variable that nobody set is empty.", check)
