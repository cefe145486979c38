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

from collections.abc import Iterator
from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import a_kind, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import STEP_KEYS, mistyped
from deployer.lint.workflow.steps import steps


def check(document: Document) -> Iterator[Diagnostic]:
    for step in steps(document):
        if isinstance(step.data, dict):
            if not _is_fine(step.data):
                yield from _shape(step.path, step.data)
            yield from _inner(step.path, step.data) if step.data.get("type") == "loop" else ()
        else:
            yield Diagnostic(step.path, f"A step must be a mapping, and this is {a_kind(step.data)}.", "Write `id:`, `type:` and `config:`.")


def _is_fine(step: dict[str, Any]) -> bool:
    """At a glance, since nearly all are; False says nothing."""
    name, kind = step.get("id"), step.get("type")
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(step.get("config"), dict):
        return False
    return name.isascii() and name.isidentifier() and kind != "" and isinstance(step.get("name", ""), str)


def _shape(path: Path, step: dict[str, Any]) -> Iterator[Diagnostic]:
    if "id" not in step:
        yield _missing(path, step, "id", "This step has no `id`.", "Add one, so that other steps can name it.")
    elif not isinstance(step["id"], str) or not (step["id"].isascii() and step["id"].isidentifier()):
        fix = "Use letters (a to z, large or small), digits and `_`, and start with a letter: `{{ id.output }}` must be able to name it."
        yield Diagnostic((*path, "id"), f"A step's `id` cannot be {shown(step['id'])}.", fix)
    if "type" not in step:
        yield _missing(path, step, "type", f"{_named(step)} has no `type`.", "Add one: ai_completion, http, condition, loop or email.")
    elif not isinstance(step["type"], str) or not step["type"]:
        yield Diagnostic(
            (*path, "type"), f"{_named(step)} cannot have the `type` {shown(step['type'])}.", "Write ai_completion, http, condition, loop or email."
        )
    if "name" in step and not isinstance(step["name"], str):
        yield Diagnostic((*path, "name"), f"The `name` of a step must be text, and is {a_kind(step['name'])}.", "Put it in quotes.")
    if "config" not in step:
        yield _missing(path, step, "config", f"{_named(step)} has no `config`.", "Add `config:` with what the step needs.")
    elif not isinstance(step["config"], dict):
        message = f"The `config` of a step must be a mapping, and is {a_kind(step['config'])}."
        yield Diagnostic((*path, "config"), message, "Write `name: value` lines below it.")


def _named(step: dict[str, Any]) -> str:
    return f"The step {shown(step['id'])}" if isinstance(step.get("id"), str) and step["id"] else "This step"


def _missing(path: Path, step: dict[str, Any], key: str, message: str, fix: str) -> Diagnostic:
    written = mistyped(step, STEP_KEYS, STEP_KEYS).get(key)
    if written:
        return Diagnostic((*path, written), message, f"Did you mean `{key}` by {shown(written)}?", at_key=True)
    return Diagnostic(path, message, fix)


def _inner(path: Path, step: dict[str, Any]) -> Iterator[Diagnostic]:
    """A loop holds steps of its own."""
    config = step.get("config")
    if isinstance(config, dict) and not isinstance(config.get("steps", []), list):
        message = f"The `steps` of a loop must be a list, and are {a_kind(config['steps'])}."
        yield Diagnostic((*path, "config", "steps"), message, "Write each step as an item: `- id: …`.")


RULE = Rule("step-shape", "error", "meinGPT takes a step in one form only.", check, refused_by_platform=True)
