"""Changes that are finished before the plan stands: which of them the plan takes over, and which it finishes again."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fake_targets import HOST, POLICY, FakeConnections, flow, run_context
from observations import listed

from deployer.model.change import Change
from deployer.model.difference import Difference
from deployer.model.plan import Plan
from deployer.pipeline import change_finisher
from deployer.pipeline.change_finisher import ChangeFinisher
from deployer.pipeline.project import Project
from deployer.planning import reconcile
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

SHOWN = listed((), "bot")
WORKFLOWS = flow("a"), flow("b")
STATE = EnvironmentState()


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workflows whose change was finished, in that order."""
    names: list[str] = []

    def with_difference(change: Change, *_: object) -> Change:
        names.append(change.workflow.name)
        return change

    monkeypatch.setattr(change_finisher, "with_difference", with_difference)
    return names


def run(root: Path, state: EnvironmentState = STATE, shown: Any = SHOWN) -> Plan:
    """The finished plan of two workflows, of which one is decided ahead, with `STATE`, and what is shown of it then is `SHOWN`."""
    hosts = {workflow.name: HOST for workflow in WORKFLOWS}
    project = Project("production", ("production",), WORKFLOWS, ())
    connections = cast("Any", FakeConnections())
    with closing(ChangeFinisher(run_context(root), project, STATE, hosts, POLICY, connections)) as finisher:
        finisher.decide_ahead(WORKFLOWS[0], SHOWN)
        return finisher.finish(reconcile.plan(WORKFLOWS, {"a": shown, "b": listed((), "bot of b")}, state, hosts, POLICY), state)


def test_what_was_finished_ahead_is_not_finished_again(tmp_path: Path, finished: list[str]) -> None:
    assert [change.workflow.name for change in run(tmp_path)] == ["a", "b"]
    assert finished == ["a", "b"]


def test_what_is_decided_otherwise_is_finished_again(tmp_path: Path, finished: list[str]) -> None:
    run(tmp_path, shown=listed((), "another bot"))
    assert finished == ["a", "a", "b"]


def test_with_another_record_it_is_finished_again(tmp_path: Path, finished: list[str]) -> None:
    record = WorkflowRecord(draft=DeployRecord(fingerprint="f" * 64, version="9.9.9", target="bot", host="https://elsewhere.example"))
    run(tmp_path, EnvironmentState({"a": record}))
    assert finished == ["a", "a", "b"]


def test_the_plan_has_what_was_found_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Difference(parts=(), against="the base branch")
    monkeypatch.setattr(change_finisher, "with_difference", lambda change, *_: replace(change, difference=found))
    assert [change.difference for change in run(tmp_path)] == [found, found]
