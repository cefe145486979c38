"""Trigger, steps and their `config` hold the keys that meinGPT's page shows for their type. Another one is often one of these, mistyped. For a
time-out, which the page asks for without naming a field, any key with `timeout` in it is fine.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello, temprature: 0.7}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello, temperature: 0.7}}
```
"""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import STEP_KEYS, STEP_TYPES, TRIGGER_KEYS, TRIGGER_TYPES, Shape, ShapePart, is_timeout, mistyped, parts
from deployer.lint.workflow.steps import steps

_STEP = dict.fromkeys(STEP_KEYS)
_TRIGGER = dict.fromkeys(TRIGGER_KEYS)
_NOTHING: Mapping[str, str] = {}


def check(document: Document) -> Iterator[Diagnostic]:
    trigger = document.data.get("trigger")
    if isinstance(trigger, dict) and not trigger.keys() <= _TRIGGER.keys():
        yield from _unknown(("trigger",), trigger, _TRIGGER, ("type",), "A trigger", _fields(TRIGGER_TYPES, trigger))
    for step in steps(document):
        if isinstance(step.data, dict) and not step.data.keys() <= _STEP.keys():
            yield from _unknown(step.path, step.data, _STEP, ("id", "type", "config"), "A step", _fields(STEP_TYPES, step.data))
    for part in parts(document):
        if not part.config.keys() <= part.shape.fields.keys():
            yield from _unknown((*part.path, "config"), part.config, part.shape.fields, part.shape.required, part)


def _fields(types: Mapping[str, Shape], data: dict[str, Any]) -> Mapping[str, str]:
    """What the `config` of such a trigger or step holds; nothing when its type is not known."""
    kind = data.get("type")
    return types[kind].fields if isinstance(kind, str) and kind in types else _NOTHING


def _unknown(
    path: Path,
    data: dict[str, Any],
    known: Mapping[str, object],
    required: tuple[str, ...],
    holder: str | ShapePart,
    below: Mapping[str, str] = _NOTHING,
) -> Iterator[Diagnostic]:
    """`below` are keys that belong one level deeper, into `config`."""
    if data.keys() <= known.keys():
        return
    meant = mistyped(data, known, required).values()
    what = holder if isinstance(holder, str) else holder.what
    for key in data:
        if key not in known and key not in meant and not is_timeout(key):
            fix = "Move it into `config`." if key in below else did_you_mean(key, known)
            yield Diagnostic((*path, key), f"{what} has no key {shown(key)} on meinGPT's page.", fix, at_key=True)


RULE = Rule("key-unknown", "warning", "A key that the platform does not know would silently do nothing.", check)
