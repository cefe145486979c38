"""`input`, `variables`, `secrets`, `env` and `item` begin references of their own, and `true`, `false` and `null` are values. The page does not
say what `{{input.output}}` gives when a step is called `input` too.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: input, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.control_flow import order
from deployer.lint.workflow.shapes import RESERVED


def check(document: Document) -> Iterator[Diagnostic]:
    known = order(document)
    if known.ids.keys().isdisjoint(RESERVED):
        return
    for name in RESERVED:
        for place in known.ids.get(name, ()):
            message = f"A step is called {shown(name)}, which means something else in `{{{{…}}}}`."
            yield Diagnostic((*known.steps[place].path, "id"), message, "Give it another id, and change what refers to it.")


RULE = Rule("step-id-reserved", "warning", "A reference that can mean two things may get the wrong one.", check)
