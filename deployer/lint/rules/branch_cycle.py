"""A branch leads back to a step before the condition, or to the condition itself. Unless something changes in between, the workflow never
ends. To repeat something, use a loop, which ends.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: draft, type: ai_completion, config: {prompt: "Answer {{input.message}}"}}
  - {id: is_good, type: condition, config: {condition: "{{draft.output.score}} > 0.8", true_branch: send, false_branch: draft}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{draft.output.text}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: draft, type: ai_completion, config: {prompt: "Answer {{input.message}}"}}
  - {id: is_good, type: condition, config: {condition: "{{draft.output.score}} > 0.8", true_branch: send, false_branch: ask}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{draft.output.text}}"}}
  - {id: ask, type: email, config: {to: help@example.com, body: "{{draft.output.text}}"}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.control_flow import read_control_flow


def check(document: Document) -> Diagnostics:
    flow = read_control_flow(document)
    for branch in flow.find_backward_branches():
        target = flow.steps[branch.target]
        place = "to the condition itself" if branch.target == branch.start else f"back to {shown(target.data['id'])}"
        path = (*flow.steps[branch.start].path, "config", branch.key)
        message = f"`{branch.key}` leads {place}: the workflow can run without end."
        yield Diagnostic(path, message, "Lead it to a later step, or use a loop.", related=((*target.path, "id"), "back to here"))


RULE = Rule("branch-cycle", "warning", "A workflow with a cycle may never end.", check)
