import pytest

from deployer.lint.rule import Document
from deployer.lint.workflow.steps import read_steps
from deployer.lint.workflow.texts import is_secret_key, read_secret_candidates, read_templates
from deployer.model.workflow import Source

INNER = {"id": "b", "type": "email", "config": {"to": "{{item.to}}"}, "retries": {"note": "{{input.n}}"}}
DEFINITION = {
    "trigger": {"type": "webhook", "config": {"url": "{{env.url}}"}},
    "variables": {"greeting": "{{input.x}}", "api_key": "plain"},
    "steps": [
        {"id": "a", "type": "loop", "config": {"items": "{{input.items}}", "steps": [INNER]}},
        {"id": "c", "type": "condition", "config": {"condition": "true"}},
        {"id": "d", "type": "http", "config": {"headers": {"X-Any": "v"}, "body": {"token": "t", "keyword": "k"}}},
    ],
}
DOCUMENT = Document(Source("a.yaml", "meingpt", "workflow", b"", DEFINITION))


def test_templates_are_those_of_trigger_and_steps_and_every_condition() -> None:
    assert sorted((text.value, text.step) for text in read_templates(DOCUMENT)) == [
        ("true", 2), ("{{env.url}}", -1), ("{{input.items}}", 0), ("{{input.n}}", 1), ("{{item.to}}", 1)
    ]  # fmt: skip


def test_condition_is_a_template_also_after_its_key_was_looked_up() -> None:
    assert not is_secret_key("condition")
    fresh = Document(Source("a.yaml", "meingpt", "workflow", b"", DEFINITION))
    assert "true" in [text.value for text in read_templates(fresh)]


def test_secret_candidates_are_headers_and_texts_under_secret_keys() -> None:
    found = sorted((text.path[-1], text.header, text.secret) for text in read_secret_candidates(DOCUMENT))
    assert found == [("X-Any", True, False), ("api_key", False, True), ("token", False, True)]


def test_loop_comes_before_its_steps() -> None:
    assert [(step.data["id"], step.loop) for step in read_steps(DOCUMENT)] == [("a", ()), ("b", ("steps", 0)), ("c", ()), ("d", ())]


@pytest.mark.parametrize("key", ["api_key", "X-API-Key", "accessToken", "password", "client.secret", "key", "Authorization"])
def test_secret_keys(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize("key", ["keyword", "monkey", "name", "condition", "", "keys"])
def test_ordinary_keys(key: str) -> None:
    assert not is_secret_key(key)
