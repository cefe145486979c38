"""Checking what a client wants to write on meinGPT: the fields of a workflow (published page, Create and Update)."""

from collections.abc import Mapping
from typing import Any

from deployer.sandbox.replies import RefusedError
from deployer.sandbox.workflows import DEFINITION_FIELDS

TRIGGERS = ("webhook", "schedule", "email")
_NEEDED = ("name", "trigger", "steps")


def changes(body: Mapping[str, Any], *, whole: bool) -> tuple[dict[str, Any], str]:
    """The definition's fields that were given, and the status ("" when none). `whole`: a create, which needs them all.

    A create does not take a status (the page shows none); fields that are not the client's to set are ignored.
    Raises RefusedError (INVALID_INPUT).
    """
    given = {name: body[name] for name in DEFINITION_FIELDS if name in body}
    if whole:
        for name in _NEEDED:
            if name not in given:
                raise _invalid(name, "is missing")
    for name, value in given.items():
        _CHECKS[name](name, value)
    status = "" if whole else body.get("status", "")
    _text("status", status)
    return given, status


def _invalid(field: str, wrong: str) -> RefusedError:
    return RefusedError("INVALID_INPUT", f"{field} {wrong}", details={"field": field})


def _text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _invalid(field, "must be text")


def _name(field: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _invalid(field, "must be text")


def _mapping(field: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _invalid(field, "must be an object")


def _trigger(field: str, value: Any) -> None:
    _mapping(field, value)
    if value.get("type") not in TRIGGERS:
        raise _invalid(f"{field}.type", f"must be one of {', '.join(TRIGGERS)}")
    _mapping(f"{field}.config", value.get("config", {}))


def _steps(field: str, value: Any) -> None:
    if not isinstance(value, list):
        raise _invalid(field, "must be a list")
    ids = set()
    for place, step in enumerate(value):
        where = f"{field}[{place}]"
        _mapping(where, step)
        _name(f"{where}.id", step.get("id"))
        _name(f"{where}.type", step.get("type"))
        _mapping(f"{where}.config", step.get("config", {}))
        if step["id"] in ids:
            raise _invalid(f"{where}.id", "is there twice")
        ids.add(step["id"])


_CHECKS = {"name": _name, "description": _text, "trigger": _trigger, "steps": _steps, "variables": _mapping}
