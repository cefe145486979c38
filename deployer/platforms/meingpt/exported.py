"""What a file holds of a workflow that meinGPT gave back: without what the platform decides or adds, its keys in the usual order."""

from collections.abc import Mapping
from typing import Any

from deployer.lint.workflow.step_types import REQUIRED_KEYS, STEP_KEYS, STEP_TYPES, TRIGGER_KEYS, TRIGGER_TYPES, ConfigSpec
from deployer.model.strict_json import MAX_DEPTH, depth

MADE_BY_PLATFORM = "url"  # of a webhook trigger: its address (docs/contracts/meingpt.md, "Calls")


def definition_of(body: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The definition for a file. Raises ValueError for nesting that no file can hold."""
    if depth(body) > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
    kept = {name: body[name] for name in fields if name in body and (name in REQUIRED_KEYS or body[name] not in (None, "", {}, []))}
    if "trigger" in kept:
        kept["trigger"] = _trigger(kept["trigger"])
    if "steps" in kept:
        kept["steps"] = _steps(kept["steps"])
    return kept


def _trigger(trigger: Any) -> Any:
    if not isinstance(trigger, dict):
        return trigger
    kind = trigger.get("type")
    sorted_ = _in_order(trigger, TRIGGER_KEYS)
    config = trigger.get("config")
    if isinstance(config, dict):
        sorted_["config"] = {
            name: value for name, value in _configured(kind, config, TRIGGER_TYPES).items() if not (kind == "webhook" and name == MADE_BY_PLATFORM)
        }
    return {name: value for name, value in sorted_.items() if name != "config" or value not in (None, {})}


def _steps(steps: Any) -> Any:
    return [_step(step) if isinstance(step, dict) else step for step in steps] if isinstance(steps, list) else steps


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    sorted_ = _in_order(step, STEP_KEYS)
    config = step.get("config")
    if isinstance(config, dict):
        sorted_["config"] = _configured(step.get("type"), config, STEP_TYPES)
        if "steps" in config:
            sorted_["config"]["steps"] = _steps(config["steps"])
    return sorted_


def _configured(kind: Any, config: Mapping[str, Any], shapes: Mapping[str, ConfigSpec]) -> dict[str, Any]:
    shape = shapes.get(kind) if isinstance(kind, str) else None
    return _in_order(config, tuple(shape.fields) if shape else ())


def _in_order(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those keys first, the others after them as they came."""
    return {name: data[name] for name in (*(name for name in names if name in data), *(name for name in data if name not in names))}
