"""A meinGPT workflow has a `name`, a `trigger` and `steps`.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: "Greet {{input.name}}."}}
```
"""

from deployer.lint.rule import Diagnostics, Document, Rule
from deployer.lint.rules.workflow_managed_key import MANAGED
from deployer.lint.workflow.step_types import WORKFLOW_KEYS, missing_key

REQUIRED = {
    "name": "Add `name:`, as people see it in meinGPT.",
    "trigger": "Add `trigger:` with a `type:` webhook, schedule or email.",
    "steps": "Add `steps:`, a list.",
}


def check(document: Document) -> Diagnostics:
    for key, fix in REQUIRED.items():
        if key not in document.data:
            yield missing_key((), document.data, (*WORKFLOW_KEYS, *MANAGED), REQUIRED, key, f"The workflow has no `{key}`.", fix)


RULE = Rule("workflow-required-key", "error", "meinGPT needs a name, a trigger and steps to make a workflow.", check, refused_by_platform=True)
