"""meinGPT's page shows the steps ai_completion, http, condition, loop and email, and the triggers webhook, schedule and email. Its list may be
incomplete, so this is a warning.

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

from __future__ import annotations

from collections.abc import Mapping

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.step_types import STEP_TYPES, TRIGGER_TYPES
from deployer.lint.workflow.steps import read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


def check(document: Document) -> Diagnostics:
    yield from _check_type(("trigger",), document.data.get("trigger"), TRIGGER_TYPES, "trigger")
    for path, data, *_ in read_steps(document):
        yield from _check_type(path, data, STEP_TYPES, "step")


def _check_type(path: Path, data: Any, known: Mapping[str, object], what: str) -> Diagnostics:
    kind = data.get("type") if isinstance(data, dict) else None
    if isinstance(kind, str) and kind and kind not in known:
        yield Diagnostic((*path, "type"), f"meinGPT's page shows no {what} of type {shown(kind)}.", did_you_mean(kind, known))


RULE = Rule("type-unknown", "warning", "A step or trigger of an unknown type has no effect, or is refused.", check)
