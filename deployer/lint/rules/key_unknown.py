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

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.step_types import (
    STEP_KEYS,
    STEP_TYPES,
    TRIGGER_KEYS,
    TRIGGER_TYPES,
    ConfigSpec,
    TypedPart,
    is_timeout_key,
    match_typos,
    read_typed_parts,
)
from deployer.lint.workflow.steps import read_steps

_STEP = dict.fromkeys(STEP_KEYS)
_TRIGGER = dict.fromkeys(TRIGGER_KEYS)
_NO_FIELDS: Mapping[str, str] = {}


def check(document: Document) -> Iterator[Diagnostic]:
    trigger = document.data.get("trigger")
    if isinstance(trigger, dict) and not trigger.keys() <= _TRIGGER.keys():
        yield from _unknown_keys(("trigger",), trigger, _TRIGGER, ("type",), "A trigger", _config_fields(TRIGGER_TYPES, trigger))
    for step in read_steps(document):
        if isinstance(step.data, dict) and not step.data.keys() <= _STEP.keys():
            yield from _unknown_keys(step.path, step.data, _STEP, ("id", "type", "config"), "A step", _config_fields(STEP_TYPES, step.data))
    for part in read_typed_parts(document):
        if not part.config.keys() <= part.spec.fields.keys():
            yield from _unknown_keys((*part.path, "config"), part.config, part.spec.fields, part.spec.required, part)


def _config_fields(types: Mapping[str, ConfigSpec], data: dict[str, Any]) -> Mapping[str, str]:
    """The fields in the `config` of this trigger or step; none when its type is not known."""
    kind = data.get("type")
    return types[kind].fields if isinstance(kind, str) and kind in types else _NO_FIELDS


def _unknown_keys(
    path: Path,
    data: dict[str, Any],
    known: Mapping[str, object],
    required: tuple[str, ...],
    holder: str | TypedPart,
    config_fields: Mapping[str, str] = _NO_FIELDS,
) -> Iterator[Diagnostic]:
    """`config_fields` are keys that belong one level deeper, into `config`."""
    typos = match_typos(data, known, required).values()
    title = holder if isinstance(holder, str) else holder.title
    for key in data:
        if key not in known and key not in typos and not is_timeout_key(key):
            fix = "Move it into `config`." if key in config_fields else did_you_mean(key, known)
            yield Diagnostic((*path, key), f"{title} has no key {shown(key)} on meinGPT's page.", fix, at_key=True)


RULE = Rule("key-unknown", "warning", "A key that the platform does not know has no effect.", check)
