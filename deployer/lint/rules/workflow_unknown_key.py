"""A workflow file holds `name`, `description`, `trigger`, `steps` and `variables`. Another key has no effect: often it is one of these, mistyped.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps: []
variable: {team: sales@example.com}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps: []
variables: {team: sales@example.com}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.rules.workflow_managed_key import MANAGED
from deployer.lint.workflow.step_types import REQUIRED_KEYS, WORKFLOW_KEYS, match_typos


def check(document: Document) -> Diagnostics:
    if all(key in WORKFLOW_KEYS for key in document.data):
        return
    known = (*WORKFLOW_KEYS, *MANAGED)
    typos = match_typos(document.data, known, REQUIRED_KEYS).values()
    for key in document.data:
        if key not in known and key not in typos:
            yield Diagnostic((key,), f"A workflow has no key {shown(key)}.", did_you_mean(key, WORKFLOW_KEYS), at_key=True)


RULE = Rule("workflow-unknown-key", "error", "A key that the platform does not know has no effect.", check)
