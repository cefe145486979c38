"""`true_branch` and `false_branch` name steps of the same workflow by their ids, and no step inside a loop from outside of it. meinGPT's page has
a workflow whose branches name steps that it does not show, so this is a warning.

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

from collections.abc import Iterator

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.control_flow import BRANCHES, ControlFlow, order


def check(document: Document) -> Iterator[Diagnostic]:
    found = order(document)
    for place in found.leading:
        step = found.steps[place]
        config = step.data.get("config") if found.is_condition(place) else None
        if not isinstance(config, dict):
            continue
        for key in BRANCHES:
            name = config.get(key)
            if isinstance(name, str) and name.strip() and "{{" not in name:
                yield from _check(found, step.path, key, name)


def _check(found: ControlFlow, path: Path, key: str, name: str) -> Iterator[Diagnostic]:
    here = (*path, "config", key)
    if name not in found.ids:
        if found.whole:
            yield Diagnostic(here, f"`{key}` leads to {shown(name)}, and no step has that id.", did_you_mean(name, found.ids))
        return
    target = found.steps[found.ids[name][0]]
    if target.loop and path[: len(target.loop)] != target.loop:
        message = f"`{key}` leads to {shown(name)}, which is inside a loop that this step is not in."
        yield Diagnostic(here, message, "Lead it to the loop itself, or move one of them.", related=((*target.path, "id"), "it stands here"))


RULE = Rule("branch-target", "warning", "A branch that leads nowhere ends the workflow, or fails it.", check)
