"""The targets file: the keys that it declares, how each target behaves, and the messages for a file that cannot be used."""

from pathlib import Path
from typing import Any

import pytest

from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.rate_limits import RateLimit
from deployer.sandbox.targets_file import read_targets


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
    target = read_targets(None).target(key)
    assert (target.kind if target else None) == kind


def test_a_free_form_key_is_the_same_target_in_every_sandbox() -> None:
    first, second = read_targets(None).target("sandbox-workflow-a"), read_targets(None).target("sandbox-workflow-a")
    other = read_targets(None).target("sandbox-agent-a")
    assert first
    assert second
    assert other
    assert first.id == second.id != other.id


@pytest.mark.parametrize(("token", "name"), [("sandbox-acme", "acme"), ("sandbox-", None), ("acme", None)])
def test_free_form_tokens(token: str, name: str | None) -> None:
    organisation = read_targets(None).organisation(token)
    assert (organisation.name if organisation else None) == name


def test_defaults_reach_free_form_and_declared_targets_alike() -> None:
    targets = read_targets({"gptbots": {"defaults": {"list": False}, "targets": {"a": None, "b": {"list": 403}}}})
    free = targets.target("sandbox-workflow-free")
    assert free
    assert free.list_status == 404
    assert [targets.by_key[f"sandbox-workflow-{name}"].list_status for name in "ab"] == [404, 403]


def test_rate_alone_keeps_the_published_window() -> None:
    rates = {"calls": 5, "webhooks": {"calls": 2, "seconds": 1}}
    organisation = read_targets({"meingpt": {"organisations": {"a": {"rate_limits": rates}}}}).organisation("sandbox-a")
    assert organisation
    assert organisation.rates == {"calls": RateLimit(5, 3600), "executions": RateLimit(100, 60), "webhooks": RateLimit(2, 1)}


def test_organisation_is_looked_up_by_name_too() -> None:
    callers = read_targets({"meingpt": {"defaults": {"credits": 3}, "organisations": {"acme": {"token": "t", "credits": 5}}}})
    assert [callers.organisation_named(name).credits for name in ("acme", "free", "not a free name")] == [5, 3, None]


def one(**entry: Any) -> dict[str, Any]:
    return {"gptbots": {"targets": {"triage": entry}}}


def org(**entry: Any) -> dict[str, Any]:
    return {"meingpt": {"organisations": {"acme": entry}}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "targets: expected a mapping with gptbots, meingpt"),
        ({"gptbot": {}}, 'targets: unknown key "gptbot". Did you mean "gptbots"?'),
        (one(mod="test"), 'targets: gptbots.targets.triage: unknown key "mod". Did you mean "mode"?'),
        (one(mode="prod"), "targets: gptbots.targets.triage.mode: expected one of test, production, got 'prod'. Did you mean \"production\"?"),
        (one(kind="flow"), "targets: gptbots.targets.triage.kind: expected one of workflow, agent, account"),
        (one(key=5), "targets: gptbots.targets.triage.key: expected text"),
        (one(plan_limit=-1), "plan_limit: expected a whole number, 0 or more, got -1"),
        (one(plan_limit=True), "plan_limit: expected a whole number"),
        (one(list="no"), "list: expected true, false, 403, 404 or 405"),
        (one(deleted="yes"), "deleted: expected true or false"),
        (one(release_data="yes"), "release_data: expected true or false"),
        (one(tools="t"), "tools: expected a list"),
        (one(credentials={"n": 1}), "credentials: expected a list"),
        (one(rate_limit={"seconds": 3}), "rate_limit.calls: missing"),
        (one(rate_limit={"calls": 1, "second": 3}), 'unknown key "second". Did you mean "seconds"?'),
        (one(versions=[{"version": 1.0}]), "versions[0].version: expected text (put it in quotes), got 1.0"),
        (one(versions=[{}]), "versions[0].version: missing"),
        (one(runs={"answers": [{"outputs": 1}]}), 'runs.answers[0]: unknown key "outputs". Did you mean "output"?'),
        (one(runs={"then": "stop"}), "runs.then: expected one of echo, repeat, cycle"),
        (one(runs={"answers": [{"duration": -1}]}), "duration: expected a number, 0 or more"),
        (org(status="x"), 'targets: meingpt.organisations.acme: unknown key "status". Did you mean "default_status"?'),
        (org(rate_limits={"call": 1}), 'rate_limits: unknown key "call". Did you mean "calls"?'),
        (org(workflows=[{"name": "x"}]), "workflows[0].id: expected text"),
        (org(workflows=["x"]), "workflows[0]: expected a mapping with id and name"),
        (org(workflows=[{"id": "a", "name": "x", "created_at": "yesterday"}]), "workflows[0].created_at: expected a time such as"),
        (org(executions=[{"execution_id": "e"}]), "executions[0].workflow_id: expected text"),
        (org(adds={"steps": {}}), 'adds: unknown key "steps". Did you mean "step"?'),
        ({"gptbots": {"targets": {"a": {"key": "k"}, "b": {"key": "k"}}}}, "targets: gptbots.targets.b: another entry has the same key"),
        ({"gptbots": {"defaults": {"mod": 1}}}, 'gptbots.defaults: unknown key "mod"'),
    ],
)
def test_mistake_is_reported_with_file_place_and_fix(data: Any, message: str) -> None:
    with pytest.raises(SandboxConfigError) as error:
        read_targets(data)
    assert message in str(error.value)


@pytest.mark.parametrize(("text", "message"), [("a: [", "not YAML"), ("[" * 5000, "cannot be read"), ("gptbot: 1", 'unknown key "gptbot"')])
def test_a_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "targets.yml"
    path.write_text(text)
    with pytest.raises(SandboxConfigError) as error:
        read_targets(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxConfigError, match=r"nope.yml: cannot read this targets file: No such file"):
        read_targets(tmp_path / "nope.yml")
