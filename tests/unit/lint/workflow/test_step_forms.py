"""Errors that nothing turns off are raised for the workflows alone that the sandbox refuses."""

from typing import Any

import pytest

from deployer.formats.yaml import text as yaml_text
from deployer.lint import engine
from deployer.lint.rule_index import describe_rules
from deployer.model.workflow import Source
from deployer.sandbox.json_bodies import RefusedError
from deployer.sandbox.meingpt_validator import read_changes

MAIL = "config: {to: a@example.com}"
TAKEN: dict[str, tuple[str, ...]] = {  # a step, and the rules of its errors
    f"{{id: greet, type: email, {MAIL}}}": (),
    f"{{id: my-step, type: email, {MAIL}}}": ("step-names",),
    f'{{id: "1", type: email, {MAIL}}}': ("step-names",),
    f"{{id: two words, type: email, {MAIL}}}": ("step-names",),
    f"{{id: größe, type: email, {MAIL}}}": ("step-names",),
    f"{{id: a, name: 7, type: email, {MAIL}}}": ("step-names",),
    f"{{id: a, name: null, type: email, {MAIL}}}": ("step-names",),
    "{id: a, type: email}": ("config-value",),
    "{id: a, type: email, confg: {to: a@example.com}}": ("config-value",),
    "{id: a, type: approval}": (),
    "{id: a, type: approval, confg: {}}": (),
    "{id: a, type: approval, config: {steps: [first, second]}}": (),
    "{id: a, type: approval, config: {steps: {first: second}}}": (),
    "{id: a, type: approval, config: {steps: [{id: 1}, {id: my-step}]}}": (),
    "{id: a, type: loop, config: {items: [1], steps: []}}": (),
    "{id: a, type: loop, config: {items: [1], steps: [{id: my-step, type: email}]}}": ("config-value", "step-names"),
}
REFUSED = (
    "text",
    f"{{type: email, {MAIL}}}",
    f"{{id: 1, type: email, {MAIL}}}",
    f'{{id: " ", type: email, {MAIL}}}',
    f"{{id: a, {MAIL}}}",
    f'{{id: a, type: " ", {MAIL}}}',
    "{id: a, type: email, config: null}",
    "{id: a, type: approval, config: []}",
    "{id: a, type: loop, config: {items: [1], steps: {}}}",
    "{id: a, type: loop, config: {items: [1], steps: [text]}}",
    "{id: a, type: loop, config: {items: [1], steps: [{id: 1, type: approval}]}}",
    "{id: a, type: loop, config: {items: [1], steps: [{id: b, type: loop, config: {items: [1], steps: [{id: c}]}}]}}",
)


def errors_of(step: str) -> tuple[set[str], dict[str, Any]]:
    """The rules of the errors in a workflow of that step, and the workflow."""
    text = f"name: a\ntrigger: {{type: webhook}}\nsteps:\n  - {step}\n"
    definition, problems = yaml_text.parse(text)
    assert not problems
    findings = engine.lint_sources([Source("a.yaml", "meingpt", "workflow", text.encode(), definition)])
    return {finding.rule for finding in findings if finding.severity == "error"}, definition


@pytest.mark.parametrize("step", TAKEN)
def test_error_in_a_workflow_that_is_taken_can_be_turned_off(step: str) -> None:
    rules, definition = errors_of(step)
    assert rules == set(TAKEN[step])
    assert not any(describe_rules()[rule].stops for rule in rules)
    assert read_changes(definition, create=True)[0] == definition


@pytest.mark.parametrize("step", REFUSED)
def test_error_in_a_workflow_that_is_refused_stays(step: str) -> None:
    rules, definition = errors_of(step)
    assert any(describe_rules()[rule].stops for rule in rules)
    with pytest.raises(RefusedError):
        read_changes(definition, create=True)


def test_config_that_is_mistyped_is_named_whether_the_type_is_known_or_not() -> None:
    texts = [f"name: a\ntrigger: {{type: webhook}}\nsteps:\n  - {{id: a, type: {kind}, confg: {{}}}}\n" for kind in ("email", "approval")]
    sources = [Source(f"{index}.yaml", "meingpt", "workflow", text.encode(), yaml_text.parse(text)[0]) for index, text in enumerate(texts)]
    rules = [(finding.path, finding.rule, finding.fix) for finding in engine.lint_sources(sources) if "config" in finding.fix]
    assert rules == [("0.yaml", "config-value", "Did you mean `config` by `confg`?"), ("1.yaml", "key-unknown", "Did you mean `config`?")]


@pytest.mark.parametrize("trigger", ["webhook", "{}", "{type: 1}", '{type: ""}', '{type: " "}', "{type: webhook, config: null}", "null"])
def test_error_in_a_trigger_that_is_refused_stays(trigger: str) -> None:
    text = f"name: a\ntrigger: {trigger}\nsteps: []\n"
    definition, _ = yaml_text.parse(text)
    findings = engine.lint_sources([Source("a.yaml", "meingpt", "workflow", text.encode(), definition)])
    assert [finding.rule for finding in findings if finding.severity == "error"] == ["trigger-shape"]
    with pytest.raises(RefusedError):
        read_changes(definition, create=True)
