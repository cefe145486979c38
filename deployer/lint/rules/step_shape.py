"""A step is a mapping with an `id`, a `type` and a `config`. The id is an identifier, so that `{{ id.output }}` can name it.

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

from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.workflow.step_types import STEP_KEYS, missing_key
from deployer.lint.workflow.steps import read_steps

_ADD_TYPE = "Write `type:` ai_completion, http, condition, loop or email."


def check(document: Document) -> Diagnostics:
    for step in read_steps(document):
        if isinstance(step.data, dict):
            if not _is_valid(step.data):
                yield from _check_step(step.path, step.data)
            yield from _check_loop(step.path, step.data) if step.data.get("type") == "loop" else ()
        else:
            yield Diagnostic(step.path, mismatch("A step", "a mapping", step.data), "Write `id:`, `type:` and `config:`.")


def _is_valid(step: dict[str, Any]) -> bool:
    """A quick test, since nearly all steps are valid."""
    name, kind = step.get("id"), step.get("type")
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(step.get("config"), dict):
        return False
    return name.isascii() and name.isidentifier() and kind != "" and isinstance(step.get("name", ""), str)


def _check_step(path: Path, step: dict[str, Any]) -> Diagnostics:
    title = f"The step {shown(step['id'])}" if isinstance(step.get("id"), str) and step["id"] else "This step"
    if "id" not in step:
        yield missing_key(path, step, STEP_KEYS, STEP_KEYS, "id", "This step has no `id`.", "Add one, so that other steps can name it.")
    elif not isinstance(step["id"], str) or not (step["id"].isascii() and step["id"].isidentifier()):
        fix = "Use letters (a to z, large or small), digits and `_`, and start with a letter: `{{ id.output }}` must be able to name it."
        yield Diagnostic((*path, "id"), f"A step's `id` cannot be {shown(step['id'])}.", fix)
    if "type" not in step:
        yield missing_key(
            path, step, STEP_KEYS, STEP_KEYS, "type", f"{title} has no `type`.", "Add one: ai_completion, http, condition, loop or email."
        )
    elif not isinstance(step["type"], str) or not step["type"]:
        yield Diagnostic((*path, "type"), f"{title} cannot have the `type` {shown(step['type'])}.", _ADD_TYPE)
    if "name" in step and not isinstance(step["name"], str):
        yield Diagnostic((*path, "name"), mismatch("The `name` of a step", "text", step["name"]), "Put it in quotes.")
    if "config" not in step:
        yield missing_key(path, step, STEP_KEYS, STEP_KEYS, "config", f"{title} has no `config`.", "Add `config:` with the settings of the step.")
    elif not isinstance(step["config"], dict):
        yield Diagnostic((*path, "config"), mismatch("The `config` of a step", "a mapping", step["config"]), "Write `name: value` lines below it.")


def _check_loop(path: Path, step: dict[str, Any]) -> Diagnostics:
    config = step.get("config")
    if isinstance(config, dict) and not isinstance(config.get("steps", []), list):
        message = mismatch("The `steps` of a loop", "a list", config["steps"])
        yield Diagnostic((*path, "config", "steps"), message, "Write each step as an item: `- id: …`.")


RULE = Rule("step-shape", "error", "meinGPT accepts a step in one form only.", check, refused_by_platform=True)
