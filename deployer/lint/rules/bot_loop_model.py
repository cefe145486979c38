"""A LoopAgent's model is in its `ClawCenter`, the component of `clawRule` with `content.llm.model`. There is no default.

The import takes a file without it, and clears the model that the target had: the Agent then answers nothing.

Bad:
```json
{"exportType": "BOT", "botType": "LoopAgent", "clawRule": {"components": [{"type": "ClawCenter", "content": {"llm": {"model": ""}}}]}}
```
Good:
```json
{"exportType": "BOT", "botType": "LoopAgent",
  "clawRule": {"components": [{"type": "ClawCenter", "content": {"llm": {"model": "0123456789abcdef01234567"}}}]}}
```
"""

from __future__ import annotations

from deployer.lint.flow.node_types import is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIX = "Write the model's id, as an export of the target has it: `clawRule.components[]`, type `ClawCenter`, `content.llm.model`."


def check(document: Document) -> Diagnostics:
    if document.data.get("botType") not in ("LoopAgent", "Claw"):
        return
    components = _get(document.data, "clawRule", "components")
    for component in components if isinstance(components, list) else ():
        if _get(component, "type") == "ClawCenter" and is_filled(_get(component, "content", "llm", "model")):
            return
    path = ("clawRule", "components") if components is not None else ("clawRule",) if "clawRule" in document.data else ()
    yield Diagnostic(path, "The LoopAgent names no model: the import clears the one that is live.", _FIX, at_key=True)


def _get(value: Any, *keys: str) -> Any:
    """The value at these keys, None where one is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


RULE = Rule("bot-loop-model", "warning", "The import of a LoopAgent without a model clears the one that is live.", check)
