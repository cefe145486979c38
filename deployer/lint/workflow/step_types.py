"""The types of steps and triggers (docs/contracts/meingpt.md, "Definition"): the keys of each, and the form of each value.

The page shows examples and does not state what is required; required here is only what a step cannot run without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from deployer.formats.quoting import find_nearest, shown
from deployer.lint.rule import Diagnostic, Document, once_per_document
from deployer.lint.workflow.steps import read_steps
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


class ConfigSpec(NamedTuple):
    """The `config` of a type. `fields`: the form of each key (a key of FORMS in rules/config_value.py); `required`: some of those keys."""

    fields: Mapping[str, str]
    required: tuple[str, ...] = ()


STEP_TYPES: dict[str, ConfigSpec] = {
    "ai_completion": ConfigSpec({"model": "text", "prompt": "text", "temperature": "temperature", "max_tokens": "count"}, ("prompt",)),
    "http": ConfigSpec({"method": "text", "url": "words", "headers": "headers", "body": "any"}, ("url",)),
    "condition": ConfigSpec({"condition": "words", "true_branch": "words", "false_branch": "words"}, ("condition", "true_branch")),
    "loop": ConfigSpec({"items": "items", "steps": "any"}, ("items", "steps")),
    "email": ConfigSpec({"to": "recipients", "subject": "text", "body": "text"}, ("to",)),
}
TRIGGER_TYPES: dict[str, ConfigSpec] = {
    "webhook": ConfigSpec({"method": "text", "headers": "headers", "url": "text"}),
    "schedule": ConfigSpec({"cron": "words", "timezone": "text"}, ("cron",)),
    "email": ConfigSpec({"address": "text", "subject_filter": "text"}),
}
WORKFLOW_KEYS = ("name", "description", "trigger", "steps", "variables")
REQUIRED_KEYS = ("name", "trigger", "steps")
STEP_KEYS = ("id", "type", "name", "config")
TRIGGER_KEYS = ("type", "config")
ROOTS = ("input", "variables", "secrets", "env", "item", "response")
"""The first name of a reference, besides a step's id ("Variable References", "Object access")."""

RESERVED = ("input", "variables", "secrets", "env", "item", "true", "false", "null")
"""Names with another meaning in an expression than a step. Not `response`: the page never defines it, and it may be a step."""

MAX_KEYS = 50
"""Keys of one mapping that are compared with known ones."""


class TypedPart(NamedTuple):
    """A trigger or step of a known type. `config` is a mapping."""

    path: Path
    data: dict[str, Any]
    spec: ConfigSpec
    config: dict[str, Any]

    @property
    def title(self) -> str:
        """For the start of a message: `An http step`."""
        kind = self.data["type"]
        article = "An" if kind.startswith(("a", "e", "http")) else "A"
        return f"{article} {kind} {'trigger' if self.path == ('trigger',) else 'step'}"


@once_per_document
def read_typed_parts(document: Document) -> tuple[TypedPart, ...]:
    """The trigger and the steps whose type is known and whose `config` is a mapping. A trigger without `config` has an empty one."""
    parts = []
    trigger = document.data.get("trigger")
    if isinstance(trigger, dict):
        kind, config = trigger.get("type"), trigger.get("config", {})
        if isinstance(kind, str) and kind in TRIGGER_TYPES and isinstance(config, dict):
            parts.append(TypedPart(("trigger",), trigger, TRIGGER_TYPES[kind], config))
    for path, data, *_ in read_steps(document):
        if isinstance(data, dict):
            kind, config = data.get("type"), data.get("config")
            if isinstance(kind, str) and kind in STEP_TYPES and isinstance(config, dict):
                parts.append(TypedPart(path, data, STEP_TYPES[kind], config))
    return tuple(parts)


def match_typos(data: Mapping[str, Any], known: Collection[str], required: Iterable[str]) -> dict[str, str]:
    """Unknown keys that are probably missing ones, mistyped: missing key to key as written."""
    missing = [key for key in required if key not in data]
    if not missing:
        return {}
    typos: dict[str, str] = {}
    for key in islice(data, MAX_KEYS):
        if key not in known:
            near = find_nearest(key, known)
            if near in missing:
                typos.setdefault(near, key)
    return typos


def missing_key(path: Path, data: Mapping[str, Any], known: Collection[str], required: Iterable[str], key: str, message: str, fix: str) -> Diagnostic:
    """The diagnostic for a missing key of the mapping at `path`. It points at the unknown key that was probably meant, if there is one."""
    written = match_typos(data, known, required).get(key)
    if written:
        return Diagnostic((*path, written), message, f"Did you mean `{key}` by {shown(written)}?", at_key=True)
    return Diagnostic(path, message, fix, at_key=True)


def step_title(step: Mapping[str, Any]) -> str:
    """For the start of a message: ``The step `greet` ``."""
    name = step.get("id")
    return f"The step {shown(name)}" if isinstance(name, str) and name else "This step"


def is_timeout_key(key: str) -> bool:
    """The page asks for time-outs on http steps and names no field, so any such name counts."""
    return "timeout" in key.lower() or "time_out" in key.lower()
