"""A step is a mapping. Its `id` and `type` are text, and its `config` is a mapping.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: 1, type: ai_completion, config: {prompt: Hello}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: step_1, type: ai_completion, config: {prompt: Hello}}
```
"""

from __future__ import annotations

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.workflow.step_types import STEP_KEYS, missing_key, step_title
from deployer.lint.workflow.steps import has_shown_form, read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

_ADD_ID = "Add one, so that other steps can name it."
_ADD_TYPE = "Write `type:` ai_completion, http, condition, loop or email."


def check(document: Document) -> Diagnostics:
    for step in read_steps(document):
        if not _is_valid(step.data) and has_shown_form(document, step):
            yield from _check_step(step.path, step.data)
        if isinstance(step.data, dict) and step.data.get("type") == "loop":
            yield from _check_loop(step.path, step.data)


def _is_valid(step: Any) -> bool:
    """A quick test, since nearly all steps are valid."""
    return isinstance(step, dict) and _is_text(step.get("id")) and _is_text(step.get("type")) and isinstance(step.get("config", {}), dict)


def _is_text(value: object) -> bool:
    """Text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def _check_step(path: Path, step: Any) -> Diagnostics:
    if not isinstance(step, dict):
        yield Diagnostic(path, mismatch("A step", "a mapping", step), "Write `id:`, `type:` and `config:`.")
        return
    title = step_title(step)
    if "id" not in step:
        yield missing_key(path, step, STEP_KEYS, STEP_KEYS, "id", "This step has no `id`.", _ADD_ID)
    elif not _is_text(step["id"]):
        fix = "Write a name that starts with a letter, such as `step_1`."
        yield Diagnostic((*path, "id"), f"A step's `id` cannot be {shown(step['id'])}.", fix)
    if "type" not in step:
        yield missing_key(path, step, STEP_KEYS, STEP_KEYS, "type", f"{title} has no `type`.", _ADD_TYPE)
    elif not _is_text(step["type"]):
        yield Diagnostic((*path, "type"), f"{title} cannot have the `type` {shown(step['type'])}.", _ADD_TYPE)
    if not isinstance(step.get("config", {}), dict):
        yield Diagnostic((*path, "config"), mismatch("The `config` of a step", "a mapping", step["config"]), "Write `name: value` lines below it.")


def _check_loop(path: Path, step: dict[str, Any]) -> Diagnostics:
    config = step.get("config")
    if isinstance(config, dict) and not isinstance(config.get("steps", []), list):
        message = mismatch("The `steps` of a loop", "a list", config["steps"])
        yield Diagnostic((*path, "config", "steps"), message, "Write each step as an item: `- id: …`.")


RULE = Rule("step-shape", "error", "meinGPT accepts a step in one form only.", check, refused_by_platform=True)
