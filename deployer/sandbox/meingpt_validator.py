"""Validation of what a client wants to write on meinGPT: the fields of a workflow (docs/contracts/meingpt.md, "Calls")."""

from collections.abc import Mapping
from typing import Any

from deployer.sandbox.json_bodies import RefusedError
from deployer.sandbox.meingpt_store import DEFINITION_FIELDS

_REQUIRED = ("name", "trigger", "steps")


def read_changes(body: Mapping[str, Any], *, create: bool) -> tuple[dict[str, Any], str]:
    """The definition's fields that were given, and the status ("" when none). A create needs all required fields.

    A create does not take a status (the page shows none); fields that are not the client's to set are ignored.
    Raises RefusedError (INVALID_INPUT).
    """
    changes = {name: body[name] for name in DEFINITION_FIELDS if name in body}
    if create:
        for name in _REQUIRED:
            if name not in changes:
                raise _invalid(name, "is missing")
    for name, value in changes.items():
        _VALIDATORS[name](name, value)
    status = "" if create else body.get("status", "")
    _require_text("status", status)
    return changes, status


def _invalid(field: str, problem: str) -> RefusedError:
    return RefusedError("INVALID_INPUT", f"{field} {problem}", details={"field": field})


def _require_text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _invalid(field, "must be text")


def _require_name(field: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _invalid(field, "must be text that is not blank")


def _require_mapping(field: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _invalid(field, "must be an object")


def _require_trigger(field: str, value: Any) -> None:
    _require_mapping(field, value)
    _require_name(f"{field}.type", value.get("type"))
    _require_mapping(f"{field}.config", value.get("config", {}))


def _require_steps(field: str, value: Any) -> None:
    if not isinstance(value, list):
        raise _invalid(field, "must be a list")
    for index, step in enumerate(value):
        where = f"{field}[{index}]"
        _require_mapping(where, step)
        _require_name(f"{where}.id", step.get("id"))
        _require_name(f"{where}.type", step.get("type"))
        _require_mapping(f"{where}.config", step.get("config", {}))
        if step["type"] == "loop":
            _require_steps(f"{where}.config.steps", step.get("config", {}).get("steps", []))


_VALIDATORS = {
    "name": _require_name,
    "description": _require_text,
    "trigger": _require_trigger,
    "steps": _require_steps,
    "variables": _require_mapping,
}
