"""What a meinGPT workflow holds that rules are about: the registry of rules names the subjects of each."""

from __future__ import annotations

from deployer.lint.rules import BACKWARD_BRANCH, IRREGULAR, IRREGULAR_TOP, SUSPECT_TEXT, UNREACHABLE_STEP, WRONG_EXPRESSION
from deployer.lint.secrets import find_secrets
from deployer.lint.workflow.control_flow import read_control_flow
from deployer.lint.workflow.expressions import check_expressions
from deployer.lint.workflow.step_types import (
    REQUIRED_KEYS,
    RESERVED,
    STEP_KEYS,
    STEP_TYPES,
    TRIGGER_KEYS,
    TRIGGER_TYPES,
    WORKFLOW_KEYS,
    is_timeout_key,
    read_typed_parts,
)
from deployer.lint.workflow.steps import read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.lint.rule import Document
    from deployer.lint.workflow.step_types import TypedPart

_WORKFLOW_KEYS, _REQUIRED_KEYS, _TRIGGER_KEYS, _STEP_KEYS = map(frozenset, (WORKFLOW_KEYS, REQUIRED_KEYS, TRIGGER_KEYS, STEP_KEYS))


def find_subjects(document: Document) -> frozenset[str]:
    """Besides the named subjects, the types of the trigger and of the steps, as far as they are known ones with a `config`."""
    flow = read_control_flow(document)
    subjects = {part.data["type"] for part in read_typed_parts(document)}
    if not _has_regular_top(document.data):
        subjects.add(IRREGULAR_TOP)
    if not _has_regular_parts(document):
        subjects.add(IRREGULAR)
    if any(True for _ in flow.find_backward_branches()):
        subjects.add(BACKWARD_BRANCH)
    if any(True for _ in flow.find_unreachable()):
        subjects.add(UNREACHABLE_STEP)
    if check_expressions(document):
        subjects.add(WRONG_EXPRESSION)
    if find_secrets(document):
        subjects.add(SUSPECT_TEXT)
    return frozenset(subjects)


def _has_regular_top(data: dict[str, Any]) -> bool:
    """Whether the keys at the top, and the trigger's, are those of the page, each with a value of its form."""
    trigger = data.get("trigger")
    return (
        _REQUIRED_KEYS <= data.keys() <= _WORKFLOW_KEYS
        and _is_text(data["name"])
        and isinstance(data.get("description", ""), str)
        and isinstance(data["steps"], list)
        and isinstance(data.get("variables", {}), dict)
        and isinstance(trigger, dict)
        and _is_text(trigger.get("type"))
        and isinstance(trigger.get("config", {}), dict)
    )


def _has_regular_parts(document: Document) -> bool:
    """Whether trigger and steps have known types and keys, and each step an id of its own that references can name."""
    trigger, names = document.data.get("trigger"), set[str]()
    if not isinstance(trigger, dict) or not _is_type(trigger.get("type"), TRIGGER_TYPES) or not trigger.keys() <= _TRIGGER_KEYS:
        return False
    for _, step, _ in read_steps(document):
        if not isinstance(step, dict) or not _is_regular(step) or step["id"] in names:
            return False
        names.add(step["id"])
    parts = read_typed_parts(document)
    return names.isdisjoint(RESERVED) and all(part.config.keys() <= part.spec.fields.keys() or _has_known_keys(part) for part in parts)


def _has_known_keys(part: TypedPart) -> bool:
    return all(key in part.spec.fields or is_timeout_key(key) for key in part.config)


def _is_regular(step: dict[str, Any]) -> bool:
    name, config = step.get("id"), step.get("config")
    return (
        step.keys() <= _STEP_KEYS
        and isinstance(name, str)
        and name.isascii()
        and name.isidentifier()
        and isinstance(step.get("name", ""), str)
        and _is_type(step.get("type"), STEP_TYPES)
        and isinstance(config, dict)
        and (step["type"] != "loop" or isinstance(config.get("steps", []), list))
    )


def _is_type(kind: object, known: dict[str, Any]) -> bool:
    return isinstance(kind, str) and kind in known


def _is_text(value: object) -> bool:
    """Text that is not blank."""
    return isinstance(value, str) and value.strip() != ""
