"""After a condition with two branches the workflow continues with one of them. A step that neither leads to never runs. Of several such steps in
a row only the first is reported.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: forward}}
  - {id: note, type: email, config: {to: sales@example.com, body: "{{input.message}}"}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
  - {id: forward, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: note, type: email, config: {to: sales@example.com, body: "{{input.message}}"}}
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: forward}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
  - {id: forward, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.control_flow import read_control_flow


def check(document: Document) -> Diagnostics:
    flow = read_control_flow(document)
    for place in flow.find_unreachable():
        step = flow.steps[place]
        name = step.data.get("id") if isinstance(step.data, dict) else None
        title = f"the step {shown(name)}" if isinstance(name, str) else "this step"
        yield Diagnostic((*step.path, "id"), f"Nothing leads to {title}.", "Let a branch lead to it, move it, or remove it.")


RULE = Rule("step-unreachable", "warning", "A step that nothing leads to never runs.", check)
