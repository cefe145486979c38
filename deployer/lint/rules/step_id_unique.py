"""Two steps have one `id`, so references and branches to it are ambiguous. Steps inside loops count too.

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

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.steps import read_steps


def check(document: Document) -> Diagnostics:
    names: set[str] = set()
    for step in read_steps(document):
        name = step.data.get("id") if isinstance(step.data, dict) else None
        if not isinstance(name, str):
            continue
        if name in names:
            fix = "Give this one an id of its own, and change the references to it."
            yield Diagnostic((*step.path, "id"), f"There is a step {shown(name)} already.", fix)
        names.add(name)


RULE = Rule("step-id-unique", "error", "Branches and references name a step by its id.", check)
