"""What a meinGPT workflow holds that rules are about: the registry of rules names the subjects of each."""

from __future__ import annotations

from collections.abc import Mapping

from deployer.lint.rules import BACKWARD_BRANCH, IRREGULAR, SUSPECT_TEXT, UNREACHABLE_STEP, WRONG_EXPRESSION
from deployer.lint.rules.config_value import is_valid
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
    ConfigSpec,
    is_timeout_key,
)
from deployer.lint.workflow.steps import read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.lint.rule import Document

_WORKFLOW = dict.fromkeys(WORKFLOW_KEYS)
_TRIGGER = dict.fromkeys(TRIGGER_KEYS)
_STEP = dict.fromkeys(STEP_KEYS)


def find_subjects(document: Document) -> frozenset[str]:
    """The known types of its steps and of its trigger, and the subjects of the registry."""
    trigger = document.data.get("trigger")
    kinds = [step.data.get("type") for step in read_steps(document) if isinstance(step.data, dict)]  # of any type
    subjects = {kind for kind in STEP_TYPES if kind in kinds}
    if isinstance(trigger, dict):
        subjects.update(kind for kind in TRIGGER_TYPES if kind == trigger.get("type"))
    if not _is_regular(document):
        subjects.add(IRREGULAR)
    if "condition" in subjects:
        flow = read_control_flow(document)
        if any(True for _ in flow.find_backward_branches()):
            subjects.add(BACKWARD_BRANCH)
        if any(True for _ in flow.find_unreachable()):
            subjects.add(UNREACHABLE_STEP)
    if check_expressions(document):
        subjects.add(WRONG_EXPRESSION)
    if find_secrets(document):
        subjects.add(SUSPECT_TEXT)
    return frozenset(subjects)


def _is_regular(document: Document) -> bool:
    """Whether keys, ids, types and values are all as meinGPT's page shows them, so that the rules about these find nothing."""
    data = document.data
    if not data.keys() <= _WORKFLOW.keys() or any(key not in data for key in REQUIRED_KEYS):
        return False
    name, trigger, steps = data["name"], data["trigger"], read_steps(document)
    has_name = isinstance(name, str) and name.strip() and isinstance(data.get("description", ""), str)
    if not (has_name and isinstance(data.get("variables", {}), dict) and isinstance(data["steps"], list) and isinstance(trigger, dict)):
        return False
    if not (trigger.keys() <= _TRIGGER.keys() and _has_regular_config(trigger.get("config", {}), TRIGGER_TYPES, trigger.get("type"))):
        return False
    names = {step.data["id"] for step in steps if _is_regular_step(step.data)}
    return len(names) == len(steps) and names.isdisjoint(RESERVED)


def _is_regular_step(data: Any) -> bool:
    if not isinstance(data, dict) or not data.keys() <= _STEP.keys():
        return False
    name, config = data.get("id"), data.get("config", {})
    if not (isinstance(name, str) and name.isascii() and name.isidentifier() and isinstance(data.get("name", ""), str)):
        return False
    return _has_regular_config(config, STEP_TYPES, data.get("type")) and (data["type"] != "loop" or isinstance(config["steps"], list))


def _has_regular_config(config: Any, types: Mapping[str, ConfigSpec], kind: object) -> bool:
    spec = types.get(kind) if isinstance(kind, str) else None
    if spec is None or not isinstance(config, dict):
        return False
    for key in spec.required:
        if key not in config:
            return False
    for key, value in config.items():
        form = spec.fields.get(key)
        if form == "text" and isinstance(value, str):  # most are
            continue
        if not (is_timeout_key(key) if form is None else is_valid(form, value)):
            return False
    return True
