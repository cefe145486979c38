"""Applying a prepared plan: what is recorded besides, what blocks all of it, and what is said afterwards."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fake_targets import HOST, POLICY, FakeConnections, FakeDeployment, flow, run_context, yaml
from observations import listed

from deployer.apply.recovery import UnrecordedWrite
from deployer.model.change import Change, CreateLive, Fail, Unchanged, WriteDraft
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.model.report import Report
from deployer.pipeline import execute
from deployer.pipeline.context import RunContext
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, Intent, WorkflowRecord
from deployer.state.memory import MemoryStateStore

PROJECT = Project("production", ("production",), (), ())
DRIFT = Fail(workflow=flow("d"), observed=MISSING, code="DRIFT", message="", fix="")


class Flushed(MemoryStateStore):
    """A state whose flush has something to say."""

    def flush(self) -> tuple[str, ...]:
        return ("flushed",)


def draft(name: str) -> Change:
    return WriteDraft(workflow=flow(name), observed=MISSING, release=True)


def prepared(connections: FakeConnections, *changes: Change, replan: Callable[[], Plan] | None = None, **other: Any) -> PreparedPlan:
    values = {"policy": POLICY, **other}
    return PreparedPlan(
        Plan("production", changes), cast("Any", connections), report=Report(mode="deploy", notices=("first",)), replan=replan, **values
    )


def deployment(context: RunContext) -> FakeDeployment:
    shown = context.services.deployments
    assert isinstance(shown, FakeDeployment)
    return shown


class Unwritable(MemoryStateStore):
    """A state that takes no intent."""

    def intend(self, *_: Any, **__: Any) -> None:
        raise FlowshipError("read-only")


def test_drift_in_the_plan_writes_nothing_not_even_an_intent(tmp_path: Path) -> None:
    connections, store = FakeConnections(), Unwritable()
    context = run_context(tmp_path, store)
    report = execute.apply(context, PROJECT, prepared(connections, draft("a"), DRIFT))
    assert [(outcome.outcome, outcome.error.code if outcome.error else "") for outcome in report.outcomes] == [
        ("skipped", "DRIFT"),
        ("failed", "DRIFT"),
    ]
    assert (connections.applied, store.read("production").workflows, deployment(context).begun) == ([], {}, [])


def test_drift_that_appears_while_waiting_writes_nothing(tmp_path: Path) -> None:
    class Changed(MemoryStateStore):
        def concurrent_runs(self, *_: object) -> ConcurrentRuns:
            return ConcurrentRuns(possibly_changed=frozenset({"a"}))

    connections, store = FakeConnections(), Changed()
    context, again = run_context(tmp_path, store), Plan("production", (replace(DRIFT, workflow=flow("a")), draft("b")))
    report = execute.apply(context, PROJECT, prepared(connections, draft("a"), draft("b"), replan=lambda: again))
    assert [outcome.outcome for outcome in report.outcomes] == ["failed", "skipped"]
    assert (connections.applied, deployment(context).begun, store.read("production").of("b").open_intents) == ([], [], ())


def test_plan_is_applied_with_its_notices_and_a_deployment(tmp_path: Path) -> None:
    connections, store = FakeConnections(), Flushed()
    context = run_context(tmp_path, store)
    report = execute.apply(context, PROJECT, prepared(connections, draft("a"), draft("b")))
    assert [outcome.outcome for outcome in report.outcomes] == ["done", "done"]
    assert (sorted(connections.applied), report.notices, deployment(context).begun) == (["a", "b"], ("first", "flushed"), ["production"])


def test_no_deployment_is_shown_where_nothing_is_written(tmp_path: Path) -> None:
    context = run_context(tmp_path)
    execute.apply(context, PROJECT, prepared(FakeConnections(), Unchanged(workflow=flow("a"), observed=MISSING)))
    assert deployment(context).begun == []


def test_blocked_workflow_is_not_written(tmp_path: Path) -> None:
    connections = FakeConnections()
    execute.apply(run_context(tmp_path), PROJECT, prepared(connections, draft("a"), draft("b"), blocked={"a": Failure("EVALS", "", "")}))
    assert connections.applied == ["b"]


def test_state_is_flushed_when_applying_is_refused(tmp_path: Path) -> None:
    flushes: list[int] = []

    class Refusing(Unwritable):
        def flush(self) -> tuple[str, ...]:
            flushes.append(1)
            return ()

    with pytest.raises(FlowshipError):
        execute.apply(run_context(tmp_path, Refusing()), PROJECT, prepared(FakeConnections(), draft("a")))
    assert flushes == [1]


def test_records_move_to_the_new_name(tmp_path: Path) -> None:
    store = MemoryStateStore()
    releases = tuple(DeployRecord(fingerprint=letter * 64, target="wf_1") for letter in "ab")
    drafted = DeployRecord(fingerprint="c" * 64, target="wf_1")
    for release in releases:
        store.record("production", "r0", "old", live=release)
    moved = {"new": ("old", WorkflowRecord(draft=drafted, live=releases[-1], releases=releases))}
    execute.apply(run_context(tmp_path, store), PROJECT, prepared(FakeConnections(), renames=moved))
    state = store.read("production")
    assert [release.fingerprint[0] for release in state.of("new").releases] == ["a", "b"]
    assert (state.of("new").draft or drafted).fingerprint == drafted.fingerprint
    assert state.of("old") == WorkflowRecord()


@pytest.mark.parametrize("gated", [frozenset[str](), frozenset({"a"})])
def test_write_of_an_interrupted_run_is_recorded(tmp_path: Path, gated: frozenset[str]) -> None:
    workflow, store = yaml("a", id_="wf_1"), MemoryStateStore()
    store.intend("production", "r0", "c0", "h", {"a": Intent("update", workflow.fingerprint, release=True, evaluate=True)}, 0)
    (intent,) = store.read("production").of("a").open_intents
    live = DeployRecord(fingerprint=workflow.fingerprint, target="wf_1", host=HOST, run="r0")
    change = Unchanged(workflow=workflow, observed=MISSING, target="wf_1", live=True)
    policy = POLICY.__class__(environment="production", gated=gated)
    given = prepared(FakeConnections(), change, policy=policy, unrecorded=(UnrecordedWrite("a", intent, None, live, ended=True),))
    execute.apply(run_context(tmp_path, store), PROJECT, given)
    state = store.read("production").of("a")
    assert (state.live, state.awaiting_evals, state.open_intents) == (live, live, ())


@pytest.mark.parametrize(
    ("in_action", "durable", "error", "kept"),
    [(True, False, None, True), (False, False, None, False), (True, True, None, False), (True, False, FlowshipError("no"), False)],
)
def test_id_to_keep_is_named_where_the_state_ends_with_the_job(
    tmp_path: Path, in_action: bool, durable: bool, error: Exception | None, kept: bool
) -> None:
    class Durable(MemoryStateStore):
        is_durable = durable

    connections = FakeConnections()
    connections.writes = {"a": error or (lambda progress: setattr(progress, "target", "wf_new"))}
    context = run_context(tmp_path, Durable())
    context = replace(context, settings=context.settings._replace(in_action=in_action))
    report = execute.apply(context, PROJECT, prepared(connections, CreateLive(workflow=yaml("a"), observed=MISSING, release=True)))
    assert any("Add `id:" in notice for notice in report.notices) == kept


def test_definition_is_saved_beside_the_report(tmp_path: Path) -> None:
    context = run_context(tmp_path, options={"report": "out/r.json"})
    write_context = execute._write_context(context, prepared(FakeConnections()))
    assert write_context.save(draft("a"), {"name": "x"}).startswith("out/a.")
    assert (write_context.message, write_context.run, write_context.commit) == ("Subject", "r1", "c1")


def test_without_records_nothing_is_recovered(tmp_path: Path) -> None:
    store = MemoryStateStore()
    execute.apply(
        run_context(tmp_path, store),
        PROJECT,
        prepared(FakeConnections(), Unchanged(workflow=flow("a"), observed=listed((), "bot")), state=EnvironmentState()),
    )
    assert store.read("production").workflows == {}
