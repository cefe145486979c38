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

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.rules.workflow_managed_key import MANAGED
from deployer.lint.workflow.step_types import WORKFLOW_KEYS, match_typos

REQUIRED = {
    "name": "Add `name:`, as people see it in meinGPT.",
    "trigger": "Add `trigger:` with a `type:` webhook, schedule or email.",
    "steps": "Add `steps:`, a list.",
}


def check(document: Document) -> Iterator[Diagnostic]:
    typos = match_typos(document.data, (*WORKFLOW_KEYS, *MANAGED), REQUIRED)
    for name, fix in REQUIRED.items():
        if name in typos:
            yield Diagnostic((typos[name],), f"The workflow has no `{name}`.", f"Did you mean `{name}` by {shown(typos[name])}?", at_key=True)
        elif name not in document.data:
            yield Diagnostic((), f"The workflow has no `{name}`.", fix)


RULE = Rule("workflow-required-key", "error", "meinGPT needs a name, a trigger and steps to make a workflow.", check, refused_by_platform=True)
