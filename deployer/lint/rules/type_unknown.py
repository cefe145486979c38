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

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import STEP_TYPES, TRIGGER_TYPES
from deployer.lint.workflow.steps import steps

_STEPS = tuple(STEP_TYPES)  # in which a type that is a list can be looked for


def check(document: Document) -> Iterator[Diagnostic]:
    yield from _check(("trigger",), document.data.get("trigger"), TRIGGER_TYPES, "trigger")
    for path, data, _ in steps(document):
        if isinstance(data, dict) and data.get("type") not in _STEPS:
            yield from _check(path, data, STEP_TYPES, "step")


def _check(path: Path, data: Any, known: Mapping[str, object], what: str) -> Iterator[Diagnostic]:
    kind = data.get("type") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind and kind not in known:
        yield Diagnostic((*path, "type"), f"meinGPT's page shows no {what} of type {shown(kind)}.", did_you_mean(kind, known))


RULE = Rule("type-unknown", "warning", "A type that meinGPT does not know does nothing, or is refused.", check)
