"""Two steps with one `id`: a reference or a branch would mean either. Steps inside loops count too.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.steps import steps


def check(document: Document) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for step in steps(document):
        name = step.data.get("id") if isinstance(step.data, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Diagnostic(
                (*step.path, "id"), f"There is a step {shown(name)} already.", "Give this one an id of its own, and change what refers to it."
            )
        seen.add(name)


RULE = Rule("step-id-unique", "error", "Branches and references name a step by its id.", check, refused_by_platform=True)
