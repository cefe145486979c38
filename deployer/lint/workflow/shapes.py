"""What steps and triggers of each type hold (docs/contracts/meingpt.md, "Definition"): keys, and the form of each value.

The page shows examples and does not say what is required; required here is only what a step is nothing without.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from deployer.formats.positions import Path
from deployer.formats.quoting import nearest
from deployer.lint.rule import Document
from deployer.lint.workflow.steps import steps


class Shape(NamedTuple):
    """`fields` is key to form (a key of FORMS in rules/config_value.py); `required` are some of those keys."""

    fields: Mapping[str, str]
    required: tuple[str, ...] = ()


STEP_TYPES: dict[str, Shape] = {
    "ai_completion": Shape({"model": "text", "prompt": "text", "temperature": "temperature", "max_tokens": "count"}, ("prompt",)),
    "http": Shape({"method": "text", "url": "words", "headers": "headers", "body": "any"}, ("url",)),
    "condition": Shape({"condition": "words", "true_branch": "words", "false_branch": "words"}, ("condition", "true_branch")),
    "loop": Shape({"items": "items", "steps": "any"}, ("items", "steps")),
    "email": Shape({"to": "recipients", "subject": "text", "body": "text"}, ("to",)),
}
TRIGGER_TYPES: dict[str, Shape] = {
    "webhook": Shape({"method": "text", "headers": "headers", "url": "text"}),
    "schedule": Shape({"cron": "words", "timezone": "text"}, ("cron",)),
    "email": Shape({"address": "text", "subject_filter": "text"}),
}
WORKFLOW_KEYS = ("name", "description", "trigger", "steps", "variables")
REQUIRED_KEYS = ("name", "trigger", "steps")
STEP_KEYS = ("id", "type", "name", "config")
TRIGGER_KEYS = ("type", "config")
ROOTS = ("input", "variables", "secrets", "env", "item", "response")
"""What a reference begins with, besides a step's id ("Variable References", "Object access")."""

RESERVED = ("input", "variables", "secrets", "env", "item", "true", "false", "null")
"""What an expression means something else by than a step. `response` is none: the page never says what it is, and a step may well be."""


MOST_KEYS = 50
"""Keys of one mapping that may be a mistyped one."""


class ShapePart(NamedTuple):
    """A trigger or step of a known type. `config` is a mapping."""

    path: Path
    data: dict[str, Any]
    shape: Shape
    config: dict[str, Any]

    @property
    def what(self) -> str:
        """For the start of a message: `An http step`."""
        kind = self.data["type"]
        article = "An" if kind.startswith(("a", "e", "http")) else "A"
        return f"{article} {kind} {'trigger' if self.path == ('trigger',) else 'step'}"


def parts(document: Document) -> tuple[ShapePart, ...]:
    """The trigger and the steps whose type is known and whose `config` is a mapping. A trigger without `config` has an empty one."""
    if "parts" not in document.memo:
        found = []
        trigger = document.data.get("trigger")
        if isinstance(trigger, dict):
            kind, config = trigger.get("type"), trigger.get("config", {})
            if isinstance(kind, str) and kind in TRIGGER_TYPES and isinstance(config, dict):
                found.append(ShapePart(("trigger",), trigger, TRIGGER_TYPES[kind], config))
        for path, data, _ in steps(document):
            if isinstance(data, dict):
                kind, config = data.get("type"), data.get("config")
                if isinstance(kind, str) and kind in STEP_TYPES and isinstance(config, dict):
                    found.append(ShapePart(path, data, STEP_TYPES[kind], config))
        document.memo["parts"] = tuple(found)
    each: tuple[ShapePart, ...] = document.memo["parts"]
    return each


def mistyped(data: Mapping[str, Any], known: Collection[str], missing: Iterable[str]) -> dict[str, str]:
    """Which unknown key was probably meant for a missing one: missing key to key as written. One mistake, told once."""
    wanted = [key for key in missing if key not in data]
    if not wanted:
        return {}
    found: dict[str, str] = {}
    for key in islice(data, MOST_KEYS):
        if key not in known:
            near = nearest(key, known)
            if near in wanted:
                found.setdefault(near, key)
    return found


def is_timeout(key: str) -> bool:
    """The page asks for time-outs on http steps and names no field, so any such name counts."""
    return "timeout" in key.lower() or "time_out" in key.lower()
