"""action.yml says what deployer/config/inputs.py says."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.config.inputs import INPUTS, OUTPUTS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return loaded


def test_inputs_are_those_of_the_program_in_the_same_order(action: dict[str, Any]) -> None:
    assert list(action["inputs"]) == [each.name for each in INPUTS]


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.name)
def test_an_input_has_the_programs_description_and_default(action: dict[str, Any], each: Any) -> None:
    assert action["inputs"][each.name] == {"description": each.description, "required": False, "default": each.default}


def test_outputs_are_those_of_the_program(action: dict[str, Any]) -> None:
    assert action["outputs"] == {name: {"description": text} for name, text in OUTPUTS.items()}


def test_no_description_holds_an_expression(action: dict[str, Any]) -> None:
    """The runner evaluates `${{ }}` wherever it stands in an action's metadata, and refuses the action when it cannot."""
    texts = [action["description"], *(each["description"] for each in [*action["inputs"].values(), *action["outputs"].values()])]
    assert [text for text in texts if "${{" in text] == []


def test_it_runs_the_dockerfile_without_arguments(action: dict[str, Any]) -> None:
    """Arguments would show in the log; inputs come as variables."""
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
