"""A workflow's subjects leave out rules, and never one that would find something."""

import copy
from random import Random
from typing import Any

import pytest

from deployer.lint import engine
from deployer.lint.rule import Document
from deployer.lint.rules import BROKEN_EXPRESSION, IN_CLEAR, IRREGULAR
from deployer.lint.workflow.subjects import find_subjects
from deployer.model.workflow import Source

CONDITION = {"condition": "{{ask.output.score}} > 0.8", "true_branch": "each", "false_branch": "tell"}
INNER = {"id": "invite", "type": "email", "config": {"to": ["{{item.email}}", "a@example.com"], "body": "Hello"}}
DEFINITION: dict[str, Any] = {
    "name": "Welcome",
    "description": "Greets people",
    "trigger": {"type": "schedule", "config": {"cron": "0 9 * * MON-FRI", "timezone": "Europe/Berlin"}},
    "steps": [
        {"id": "ask", "type": "http", "config": {"method": "GET", "url": "https://example.com", "headers": {"X": "y"}, "timeout": 30}},
        {"id": "decide", "type": "condition", "config": CONDITION},
        {"id": "each", "type": "loop", "config": {"items": "{{input.users}}", "steps": [INNER]}},
        {"id": "tell", "type": "ai_completion", "name": "Tell", "config": {"prompt": "Greet {{input.name}}", "temperature": 1, "max_tokens": 9}},
    ],
    "variables": {"limit": 50},
}
VALUES: list[Any] = [
    None, "", " ", 7, -1, 0.5, True, "7", [], {}, [[]], [""], ["x"], {"a": 1}, {"x": "y"}, "loop", "condition", "http", "webhook", "ask", "input",
    "a-b", "{{x}}", "{{input.x}}", "{{variables.limit}}", "{{ask.output}}", "{{item.x}}", "{{input.", "sk-" + "a1" * 12, ["{{x}}", 7],
]  # fmt: skip
KEYS = ["id", "type", "name", "config", "steps", "timeout", "status", "headers", "token", "x", "true_branch", "false_branch", "variables", "method"]


def document(definition: dict[str, Any]) -> Document:
    return Document(Source("a.yaml", "meingpt", "workflow", repr(definition).encode(), definition))


def damage(random: Random, definition: dict[str, Any]) -> None:
    """Remove or replace a value, or add one, at any place."""
    holders: list[Any] = [definition]
    for holder in holders:  # grows during the loop
        values = holder.values() if isinstance(holder, dict) else holder
        holders += [value for value in values if isinstance(value, dict | list) and value]
    holder = random.choice(holders)
    key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    if random.random() < 0.2:
        del holder[key]
    elif random.random() < 0.3 and isinstance(holder, dict):
        holder[random.choice(KEYS)] = copy.deepcopy(random.choice(VALUES))
    else:
        holder[key] = copy.deepcopy(random.choice(VALUES))


@pytest.mark.parametrize("seed", range(20))
def test_rules_that_are_left_out_find_nothing_in_damaged_workflows(seed: int) -> None:
    random = Random(seed)
    for number in range(40):
        definition = copy.deepcopy(DEFINITION)
        for _ in range(1 + number % 3):
            damage(random, definition)
        expected = {rule.name for rule in engine.load_rules("meingpt") if any(True for _ in rule.check(document(definition)))}
        assert {finding.rule for finding in engine.lint_source(document(definition).source)} == expected, definition


def test_regular_workflow_has_the_types_of_its_steps_and_trigger_alone() -> None:
    assert find_subjects(document(DEFINITION)) == {"schedule", "http", "condition", "loop", "email", "ai_completion"}
    names = {rule.name for rule in engine._rules_for(document(DEFINITION))}
    assert names == {
        "http-method", "http-timeout", "branch-target", "branch-cycle", "step-unreachable", "condition-false-branch", "schedule-cron",
        "schedule-timezone",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "subject"),
    [
        (("x",), 1, IRREGULAR),
        (("name",), " ", IRREGULAR),
        (("trigger", "type"), "x", IRREGULAR),
        (("trigger", "config", "cron"), "", IRREGULAR),
        (("steps", 2, "config", "steps", 0, "id"), "tell", IRREGULAR),
        (("steps", 2, "config", "steps", 0, "id"), "env", IRREGULAR),
        (("steps", 0, "config", "x"), 1, IRREGULAR),
        (("steps", 0, "config", "url"), " ", IRREGULAR),
        (("steps", 0, "config", "headers"), {"X": 1}, IRREGULAR),
        (("steps", 2, "config", "steps", 0, "config", "to"), [], IRREGULAR),
        (("steps", 3, "config", "temperature"), 3, IRREGULAR),
        (("steps", 3, "config", "prompt"), "{{inputs.x}}", BROKEN_EXPRESSION),
        (("variables", "api_key"), "a1b2c3d4e5f6g7h8i9", IN_CLEAR),
    ],
)
def test_what_is_noteworthy_is_a_subject(path: tuple[str | int, ...], value: object, subject: str) -> None:
    definition = copy.deepcopy(DEFINITION)
    holder: Any = definition
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert find_subjects(document(definition)) - find_subjects(document(DEFINITION)) == {subject}
