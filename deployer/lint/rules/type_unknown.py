"""meinGPT's page shows the steps ai_completion, http, condition, loop and email, and the triggers webhook, schedule and email. It does not say
that there are no others, so this is a warning.

Bad:
```yaml
name: Welcome
trigger: {type: webhok}
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
from deployer.lint.shapes import STEP_TYPES, TRIGGER_TYPES
from deployer.lint.steps import steps
from deployer.source.words import did_you_mean, shown


def check(document: Document) -> Iterator[Problem]:
    holders = [(("trigger",), document.data.get("trigger"), TRIGGER_TYPES), *((step.path, step.data, STEP_TYPES) for step in steps(document))]
    for path, data, known in holders:
        kind = data.get("type") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind and kind not in known:
            what = "trigger" if known is TRIGGER_TYPES else "step"
            yield Problem((*path, "type"), f"meinGPT's page shows no {what} of type {shown(kind)}.", did_you_mean(kind, known))


RULE = Rule("type-unknown", "warning", "A type that meinGPT does not know does nothing, or is refused.", check)
