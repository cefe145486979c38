"""`input`, `variables`, `secrets`, `env` and `item` begin references of their own, and `true`, `false` and `null` are values. The page does not
define the value of `{{input.output}}` when a step is called `input` too.

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

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.control_flow import read_control_flow
from deployer.lint.workflow.step_types import RESERVED


def check(document: Document) -> Diagnostics:
    flow = read_control_flow(document)
    for name in RESERVED:
        for place in flow.ids.get(name, ()):
            message = f"{shown(name)} is reserved: it has another meaning in `{{{{…}}}}` than this step."
            yield Diagnostic((*flow.steps[place].path, "id"), message, "Give the step another id, and change the references to it.")


RULE = Rule("step-id-reserved", "warning", "An ambiguous reference may get the wrong value.", check)
