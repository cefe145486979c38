"""The step that one branch of a condition leads to reads a step that only the other branch leads to. The page does not say whether the first
goes on to the second; when the condition decides for the reader, the step it reads has not run in any reading.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: greet, false_branch: send}}
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
  - {id: is_new, type: condition, config: {condition: "{{input.new}}", true_branch: send, false_branch: note}}
  - {id: send, type: email, config: {to: "{{input.email}}", body: "{{greet.output}}"}}
  - {id: note, type: email, config: {to: sales@example.com, body: "{{greet.output}}"}}
```
"""

from collections.abc import Iterable

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.expressions import problems


def check(document: Document) -> Iterable[Diagnostic]:
    return problems(document, "reference-branch")


RULE = Rule("reference-branch", "warning", "When a branch is taken, what is on the other one has not run.", check)
