"""The targets file: who may call, how each target behaves, and what is said about a file that cannot be used."""

from pathlib import Path
from typing import Any

import pytest

from deployer.sandbox.config import ConfigError
from deployer.sandbox.scripts import Answer, Script
from deployer.sandbox.targets import Rate, read


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("sandbox-workflow-a", "workflow"),
        ("sandbox-agent-a.b_c-1", "agent"),
        ("sandbox-a", None),
        ("sandbox-workflow-", None),
        ("sandbox-workflow-ä", None),
        ("", None),
    ],
)
def test_free_form_keys(key: str, kind: str | None) -> None:
    target = read(None).target(key)
    assert (target.kind if target else None) == kind


def test_a_free_form_key_is_the_same_target_in_every_sandbox() -> None:
    first, second = read(None).target("sandbox-workflow-a"), read(None).target("sandbox-workflow-a")
    other = read(None).target("sandbox-agent-a")
    assert first
    assert second
    assert other
    assert first.id == second.id != other.id


@pytest.mark.parametrize(("token", "name"), [("sandbox-acme", "acme"), ("sandbox-", None), ("acme", None)])
def test_free_form_tokens(token: str, name: str | None) -> None:
    organisation = read(None).organisation(token)
    assert (organisation.name if organisation else None) == name


def test_defaults_reach_free_form_and_declared_targets_alike() -> None:
    targets = read({"gptbots": {"defaults": {"list": False}, "targets": {"a": None, "b": {"list": 403}}}})
    free = targets.target("sandbox-workflow-free")
    assert free
    assert free.list_status == 404
    assert [targets.by_key[f"sandbox-workflow-{name}"].list_status for name in "ab"] == [404, 403]


def test_a_rate_keeps_the_published_window() -> None:
    made = read({"meingpt": {"organisations": {"a": {"rate_limits": {"calls": 5, "webhooks": {"calls": 2, "seconds": 1}}}}}}).organisation(
        "sandbox-a"
    )
    assert made
    assert (made.calls, made.executions, made.webhooks) == (Rate(5, 3600), Rate(100, 60), Rate(2, 1))


@pytest.mark.parametrize(("then", "outputs"), [("echo", ["a", "b", None, None]), ("repeat", ["a", "b", "b", "b"]), ("cycle", ["a", "b", "a", "b"])])
def test_scripted_answers_come_in_turn(then: str, outputs: list[str | None]) -> None:
    script = Script((Answer("a"), Answer("b")), then)
    assert [script.answer(turn).output for turn in range(4)] == outputs


def one(**entry: Any) -> dict[str, Any]:
    return {"gptbots": {"targets": {"triage": entry}}}


def org(**entry: Any) -> dict[str, Any]:
    return {"meingpt": {"organisations": {"acme": entry}}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "targets: must be a mapping of gptbots, meingpt"),
        ({"gptbot": {}}, 'targets: unknown key "gptbot". Did you mean "gptbots"?'),
        (one(mod="test"), 'targets: gptbots.targets.triage: unknown key "mod". Did you mean "mode"?'),
        (one(mode="prod"), "targets: gptbots.targets.triage.mode: must be one of test, production, not 'prod'. Did you mean \"production\"?"),
        (one(kind="flow"), "targets: gptbots.targets.triage.kind: must be one of workflow, agent, account"),
        (one(key=5), "targets: gptbots.targets.triage.key: must be text"),
        (one(plan_limit=-1), "plan_limit: must be a whole number, 0 or more, not -1"),
        (one(plan_limit=True), "plan_limit: must be a whole number"),
        (one(list="no"), "list: must be true, false, 403, 404 or 405"),
        (one(deleted="yes"), "deleted: must be true or false"),
        (one(rate_limit={"seconds": 3}), "rate_limit.calls: is missing"),
        (one(rate_limit={"calls": 1, "second": 3}), 'unknown key "second". Did you mean "seconds"?'),
        (one(versions=[{"version": 1.0}]), "versions[0].version: must be text (put it in quotes), not 1.0"),
        (one(versions=[{}]), "versions[0].version: is missing"),
        (one(runs={"answers": [{"outputs": 1}]}), 'runs.answers[0]: unknown key "outputs". Did you mean "output"?'),
        (one(runs={"then": "stop"}), "runs.then: must be one of echo, repeat, cycle"),
        (one(runs={"answers": [{"duration": -1}]}), "duration: must be a number, 0 or more"),
        (org(status="x"), 'targets: meingpt.organisations.acme: unknown key "status". Did you mean "default_status"?'),
        (org(rate_limits={"call": 1}), 'rate_limits: unknown key "call". Did you mean "calls"?'),
        (org(workflows=[{"name": "x"}]), "workflows[0].id: must be text"),
        (org(workflows=["x"]), "workflows[0]: must be a mapping with id and name"),
        (org(workflows=[{"id": "a", "name": "x", "created_at": "yesterday"}]), "workflows[0].created_at: must be a time such as"),
        (org(executions=[{"execution_id": "e"}]), "executions[0].workflow_id: must be text"),
        (org(adds={"steps": {}}), 'adds: unknown key "steps". Did you mean "step"?'),
        ({"gptbots": {"targets": {"a": {"key": "k"}, "b": {"key": "k"}}}}, "targets: gptbots.targets.b: its key is another entry's key already"),
        ({"gptbots": {"defaults": {"mod": 1}}}, 'gptbots.defaults: unknown key "mod"'),
    ],
)
def test_mistakes_are_told_with_file_place_and_cure(data: Any, message: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(data)
    assert message in str(told.value)


@pytest.mark.parametrize(("text", "message"), [("a: [", "not YAML"), ("[" * 5000, "cannot be read"), ("gptbot: 1", 'unknown key "gptbot"')])
def test_a_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "targets.yml"
    path.write_text(text)
    with pytest.raises(ConfigError) as told:
        read(path)
    assert str(told.value).startswith(str(path))
    assert message in str(told.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope.yml: cannot read this targets file: No such file"):
        read(tmp_path / "nope.yml")
