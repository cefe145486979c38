"""Every workflow, trigger, step and expression on meinGPT's published page lints without an error."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.formats.yaml import text
from deployer.lint import engine
from deployer.model.finding import Finding
from deployer.model.workflow import Source

PAGE = (Path(__file__).parents[3] / "data" / "published" / "meingpt-published.txt").read_text("utf-8")
MANAGED = ("id", "status")  # the manifest's business: docs/contracts/meingpt.md, "Definition"


def objects() -> Iterator[dict[str, Any]]:
    """Every JSON object on the page, outermost ones only."""
    at = PAGE.find("{")
    while at >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(PAGE, at)
            yield value
        except ValueError:
            end = at + 1
        at = PAGE.find("{", end)


def workflows() -> Iterator[dict[str, Any]]:
    for value in objects():
        if "trigger" in value:
            yield {key: item for key, item in value.items() if key not in MANAGED}
        elif "id" in value and "type" in value and "config" in value:
            yield {"name": value["id"], "trigger": {"type": "webhook"}, "steps": [value]}
        elif "type" in value and "config" in value:
            yield {"name": value["type"], "trigger": value, "steps": []}
    for call in re.finditer(r"steps=(?=\[)", PAGE):  # the SDK's example
        yield {"name": "from Python", "trigger": {"type": "webhook"}, "steps": json.JSONDecoder().raw_decode(PAGE, call.end())[0]}


EXPRESSIONS = re.findall(r"\{\{.*?\}\}", PAGE)


def linted(workflow: dict[str, Any]) -> tuple[Finding, ...]:
    content = json.dumps(workflow, indent=1)
    return engine.lint_sources([Source("a.yaml", "meingpt", "workflow", content.encode(), text.parse(content)[0])])


def test_page_has_examples_of_every_type() -> None:
    found = list(workflows())
    assert {step["type"] for workflow in found for step in workflow["steps"]} == {"ai_completion", "http", "condition", "loop", "email"}
    assert {workflow["trigger"]["type"] for workflow in found} == {"webhook", "schedule", "email"}
    assert len([workflow for workflow in found if len(workflow["steps"]) == 2]) >= 2
    assert len(EXPRESSIONS) > 20


@pytest.mark.parametrize("workflow", list(workflows()), ids=lambda workflow: str(workflow["name"]))
def test_published_workflow_has_no_error(workflow: dict[str, Any]) -> None:
    assert [finding for finding in linted(workflow) if finding.severity == "error"] == []


@pytest.mark.parametrize("expression", sorted(set(EXPRESSIONS)))
def test_published_expression_has_no_error(expression: str) -> None:
    step = {"id": "x", "type": "email", "config": {"to": "a@example.com", "body": expression}}
    loop = {"id": "y", "type": "loop", "config": {"items": "{{input.items}}", "steps": [step]}}
    found = linted({"name": "a", "trigger": {"type": "webhook"}, "steps": [loop], "variables": {"var_name": 1}})
    assert [finding for finding in found if finding.severity == "error"] == []
