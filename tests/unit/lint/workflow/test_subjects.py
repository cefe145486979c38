"""A workflow's subjects leave out rules, and never one that would find something."""

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deployer.formats.yaml import text
from deployer.lint import engine
from deployer.lint.rule import Document
from deployer.lint.rules import BACKWARD_BRANCH, IRREGULAR, SUSPECT_TEXT, UNREACHABLE_STEP, WRONG_EXPRESSION
from deployer.lint.workflow.step_types import RESERVED
from deployer.lint.workflow.subjects import find_subjects
from deployer.model.workflow import Source

ROOT = Path(__file__).parents[4]
ODD_VALUES: tuple[Any, ...] = (
    None, "", " ", 7, True, "a", "item", "loop", "condition", "schedule", [], {}, [[]], {"timeout": 1}, {"x": 1}, "{{a.b}}", "{{variables.x}}", "{{",
    "Bearer sk_live_a1B2c3D4e5F6g7H8i9", "https://me:password@example.com",
)  # fmt: skip
ODD_KEYS = ("id", "status", "type", "name", "config", "steps", "trigger", "timeout", "cron", "timezone", "false_branch", "true_branch", "other")


def source(definition: dict[str, Any]) -> Source:
    return Source("a.yaml", "meingpt", "workflow", text_of(definition).encode(), definition)


def text_of(definition: dict[str, Any]) -> str:
    """JSON is YAML too, and the rules for secrets read the text."""

    return json.dumps(definition, ensure_ascii=False)


def seeds() -> dict[str, dict[str, Any]]:
    """Every workflow of the examples, good or bad: between them they make every rule speak."""
    parsed = {}
    for path in sorted([*(ROOT / "tests" / "data" / "lint").rglob("*.yaml"), *(ROOT / "examples").rglob("*.yaml")]):
        definition, _ = text.parse(path.read_text("utf-8", errors="replace"))
        if isinstance(definition, dict) and "steps" in definition:
            parsed[str(path.relative_to(ROOT))] = definition
    return parsed


SEEDS = seeds()


def workflow(*steps: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"name": "a", "trigger": {"type": "webhook"}, "steps": list(steps), **top}


def step(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "config": config}


PROMPT = step("a", "ai_completion", prompt="x")


def subjects(definition: dict[str, Any]) -> frozenset[str]:
    return find_subjects(Document(source(definition)))


def assert_nothing_is_left_out(definition: dict[str, Any]) -> None:
    expected = {rule.name for rule in engine.load_rules("meingpt") if any(True for _ in rule.check(Document(source(definition))))}
    assert {finding.rule for finding in engine.lint_source(source(definition))} == expected


def damage(random: Random, definition: dict[str, Any]) -> None:
    """Remove or replace a value, or add one, at any place."""
    holders: list[Any] = [definition]
    for holder in holders:  # grows during the loop
        values = holder.values() if isinstance(holder, dict) else holder
        holders += [value for value in values if isinstance(value, dict | list) and value]
    holder = random.choice(holders)
    key = random.choice([*holder, *ODD_KEYS] if isinstance(holder, dict) else range(len(holder)))
    if random.random() < 0.3 and (isinstance(holder, list) or key in holder):
        del holder[key]
    else:
        holder[key] = copy.deepcopy(random.choice(ODD_VALUES))


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_that_are_left_out_find_nothing(seed: str) -> None:
    assert_nothing_is_left_out(SEEDS[seed])


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_that_are_left_out_find_nothing_in_damaged_workflows(seed: str) -> None:
    for number in range(20):
        random, definition = Random(f"{seed} {number}"), copy.deepcopy(SEEDS[seed])
        for _ in range(1 + number % 4):
            damage(random, definition)
        assert_nothing_is_left_out(definition)


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("key", ["name", "description", "trigger", "steps", "variables", "other"])
def test_rules_about_the_top_are_left_out_where_they_find_nothing(key: str, value: Any) -> None:
    assert_nothing_is_left_out({**workflow(PROMPT), key: value})


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("key", ["id", "type", "name", "config", "other"])
def test_rules_about_steps_are_left_out_where_they_find_nothing(key: str, value: Any) -> None:
    assert_nothing_is_left_out(workflow({**PROMPT, key: value}, step("b", "loop", items="{{input.x}}", steps=[{**PROMPT, "id": "c", key: value}])))


def test_regular_workflow_has_its_types_alone() -> None:
    assert subjects(workflow(PROMPT, step("b", "http", method="GET", url="https://example.com", timeout=3))) == {"webhook", "ai_completion", "http"}


@pytest.mark.parametrize(
    ("definition", "subject"),
    [
        (workflow(PROMPT, name=" "), IRREGULAR),
        (workflow(PROMPT, id="x"), IRREGULAR),
        (workflow(PROMPT, trigger={}), IRREGULAR),
        (workflow(PROMPT, trigger={"type": "?"}), IRREGULAR),
        (workflow(PROMPT, PROMPT), IRREGULAR),
        (workflow({**PROMPT, "id": RESERVED[0]}), IRREGULAR),
        (workflow(step("a", "ai_completion", prompt="x", other=1)), IRREGULAR),
        (workflow(step("a", "ai_completion", prompt="x", temperature=3)), IRREGULAR),
        (workflow(step("a", "ai_completion", prompt="{{b.output}}")), WRONG_EXPRESSION),
        (workflow(PROMPT, step("b", "condition", condition="{{input.x}}", true_branch="a", false_branch="a")), BACKWARD_BRANCH),
        (workflow(step("c", "condition", condition="{{x}}", true_branch="b", false_branch="b"), PROMPT, {**PROMPT, "id": "b"}), UNREACHABLE_STEP),
        (workflow(PROMPT, variables={"token": "sk_live_a1B2c3D4e5F6g7H8i9"}), SUSPECT_TEXT),
    ],
)  # fmt: skip
def test_what_is_noteworthy_is_a_subject(definition: dict[str, Any], subject: str) -> None:
    assert subject in subjects(definition)
    assert_nothing_is_left_out(definition)


def test_rules_without_their_subject_are_not_run() -> None:
    names = {rule.name for rule in engine._rules_for(Document(source(workflow(PROMPT))))}
    assert names == {"http-method"}
