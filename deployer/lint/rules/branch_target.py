"""`true_branch` and `false_branch` name steps of the same workflow by id; a step inside a loop only from within that loop. A workflow on
meinGPT's page names steps that the page does not show, so this is a warning.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: forwards}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
  - {id: forward, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: forward}}
  - {id: greet, type: email, config: {to: "{{input.email}}", body: Welcome}}
  - {id: forward, type: email, config: {to: help@example.com, body: "{{input.message}}"}}
```
"""

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.control_flow import BRANCHES, ControlFlow, read_control_flow


def check(document: Document) -> Diagnostics:
    flow = read_control_flow(document)
    for place in flow.leading:
        step = flow.steps[place]
        config = step.data.get("config") if flow.is_condition(place) else None
        if not isinstance(config, dict):
            continue
        for key in BRANCHES:
            name = config.get(key)
            if isinstance(name, str) and name.strip() and "{{" not in name:
                yield from _check_branch(flow, step.path, key, name)


def _check_branch(flow: ControlFlow, step: Path, key: str, name: str) -> Diagnostics:
    path = (*step, "config", key)
    if name not in flow.ids:
        if flow.whole:
            yield Diagnostic(path, f"`{key}` leads to {shown(name)}, and no step has that id.", did_you_mean(name, flow.ids))
        return
    target = flow.steps[flow.ids[name][0]]
    if target.loop and step[: len(target.loop)] != target.loop:
        message = f"`{key}` leads to {shown(name)}, which is inside a loop that this step is not in."
        yield Diagnostic(path, message, "Lead it to the loop itself, or move one of them.", related=((*target.path, "id"), "the step is here"))


RULE = Rule("branch-target", "warning", "A branch that leads nowhere ends the workflow, or makes it fail.", check)
