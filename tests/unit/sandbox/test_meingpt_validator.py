"""Validation of what a client writes on meinGPT: which fields count, which are required, which are refused."""

from typing import Any

import pytest

from deployer.sandbox.json_bodies import RefusedError
from deployer.sandbox.meingpt_validator import read_changes

DEFINITION: dict[str, Any] = {"name": "W", "trigger": {"type": "webhook"}, "steps": [{"id": "a", "type": "http"}]}


def test_fields_of_the_server_are_ignored_and_a_create_takes_no_status() -> None:
    body = {**DEFINITION, "id": "mine", "created_at": "2024-01-15T10:00:00Z", "status": "paused"}
    assert read_changes(body, create=True) == (DEFINITION, "")
    assert read_changes(body, create=False) == (DEFINITION, "paused")


def test_update_takes_a_part_and_a_create_the_whole() -> None:
    assert read_changes({"name": "New"}, create=False) == ({"name": "New"}, "")
    with pytest.raises(RefusedError, match="trigger is missing"):
        read_changes({"name": "New"}, create=True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"status": 1}, "status"),
        ({"trigger": {"type": ""}}, "trigger.type"),
        ({"steps": [{"id": "a", "type": " "}]}, "steps[0].type"),
        ({"variables": []}, "variables"),
    ],
)
def test_refusal_names_the_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        read_changes(body, create=False)
    assert (refusal.value.code, refusal.value.details) == ("INVALID_INPUT", {"field": field})
