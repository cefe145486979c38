"""What lint knows of triggers and steps is what the JSON Schema says to editors."""

import json
from typing import Any

import pytest

from deployer import schemas
from deployer.lint.rules import config_value
from deployer.lint.workflow.step_types import STEP_KEYS, STEP_TYPES, TRIGGER_KEYS, TRIGGER_TYPES, WORKFLOW_KEYS, ConfigSpec, is_timeout_key

SCHEMA = json.loads(schemas.text("workflow"))


def configs(name: str) -> dict[str, Any]:
    """The schema of `config` for each type."""
    rows = SCHEMA["$defs"][name]["allOf"]
    return {row["if"]["properties"]["type"]["const"]: SCHEMA["$defs"][row["then"]["properties"]["config"]["$ref"].split("/")[-1]] for row in rows}


@pytest.mark.parametrize(("name", "shapes"), [("step", STEP_TYPES), ("trigger", TRIGGER_TYPES)])
def test_types_keys_and_required_keys_equal_the_schema(name: str, shapes: dict[str, ConfigSpec]) -> None:
    found = configs(name)
    assert set(found) == set(shapes)
    for kind, schema in found.items():
        assert {key for key in schema["properties"] if not is_timeout_key(key)} == set(shapes[kind].fields)
        assert set(schema.get("required", ())) == set(shapes[kind].required)


def test_outer_keys_equal_the_schema() -> None:
    assert set(SCHEMA["properties"]) == set(WORKFLOW_KEYS)
    assert set(SCHEMA["$defs"]["step"]["properties"]) == set(STEP_KEYS)
    assert set(SCHEMA["$defs"]["trigger"]["properties"]) == set(TRIGGER_KEYS)


def test_every_form_is_known() -> None:
    forms = {form for shape in (*STEP_TYPES.values(), *TRIGGER_TYPES.values()) for form in shape.fields.values()}
    assert forms == {*config_value.FORMS, "any"}
