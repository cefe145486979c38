"""Trigger, steps and their `config` hold the keys that meinGPT's page shows for their type. Another key is often one of these, mistyped. The
page asks for a time-out without naming its field, so any key with `timeout` is accepted.

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

from __future__ import annotations

from collections.abc import Mapping

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.step_types import STEP_KEYS, STEP_TYPES, TRIGGER_KEYS, TRIGGER_TYPES, is_timeout_key, match_typos, read_typed_parts
from deployer.lint.workflow.steps import read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

_STEP = dict.fromkeys(STEP_KEYS)
_TRIGGER = dict.fromkeys(TRIGGER_KEYS)


def check(document: Document) -> Diagnostics:
    trigger = document.data.get("trigger")
    if isinstance(trigger, dict) and not trigger.keys() <= _TRIGGER.keys():
        spec = TRIGGER_TYPES.get(str(trigger.get("type")))
        yield from _unknown_keys(("trigger",), trigger, _TRIGGER, ("type",), "A trigger", spec.fields if spec else {})
    for step in read_steps(document):
        if isinstance(step.data, dict) and not step.data.keys() <= _STEP.keys():
            spec = STEP_TYPES.get(str(step.data.get("type")))
            yield from _unknown_keys(
                step.path, step.data, _STEP, ("id", "type", "config") if spec else ("id", "type"), "A step", spec.fields if spec else {}
            )
    for part in read_typed_parts(document):
        fields = part.spec.fields
        if not part.config.keys() <= fields.keys():
            yield from _unknown_keys((*part.path, "config"), part.config, fields, part.spec.required, part.title, {})


def _unknown_keys(
    path: Path, data: dict[str, Any], known: Mapping[str, object], required: tuple[str, ...], title: str, config_fields: Mapping[str, str]
) -> Diagnostics:
    """`config_fields` are keys that belong one level deeper, into `config`."""
    typos = match_typos(data, known, required).values()
    for key in data:
        if key not in known and key not in typos and not is_timeout_key(key):
            fix = "Move it into `config`." if key in config_fields else did_you_mean(key, known)
            yield Diagnostic((*path, key), f"{title} has no key {shown(key)} on meinGPT's page.", fix, at_key=True)


RULE = Rule("key-unknown", "warning", "A key that the platform does not know has no effect.", check)
