"""A workflow file holds `name`, `description`, `trigger`, `steps` and `variables`. Another key does nothing: often it is one of these, mistyped.

Bad:
```yaml
name: Welcome
triger: {type: webhook}
steps: []
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps: []
```
"""

from collections.abc import Iterator

from deployer.lint.rule import Document, Problem, Rule
from deployer.lint.rules.workflow_managed_key import MANAGED
from deployer.source.words import did_you_mean, shown

KNOWN = ("name", "description", "trigger", "steps", "variables")


def check(document: Document) -> Iterator[Problem]:
    for key in document.data:
        if key not in KNOWN and key not in MANAGED:
            yield Problem((key,), f"A workflow has no key {shown(key)}.", did_you_mean(key, KNOWN), at_key=True)


RULE = Rule("workflow-unknown-key", "error", "A key that the platform does not know would silently do nothing.", check)
