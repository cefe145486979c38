"""Applying a plan: what is recorded before the first write, which outcome each change gets, and what stops the others."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fake_targets import POLICY, FakeConnections, flow, write_context, yaml

from deployer.apply import executor
from deployer.apply.conflicts import ConflictGuard, Preempted
from deployer.http.quota import QuotaStatus
from deployer.model.change import Change, CreateLive, Drift, Fail, Hold, RollbackOf, Superseded, Unchanged, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.platforms.write_context import Deferred, WriteContext
from deployer.state.base import ROLLBACK, Intent
from deployer.state.memory import MemoryStateStore

LOST = OutcomeUnknown("gptbots", "lost", code="LOST", probe_seconds=1, absence_is_proof=False)
REFUSED = Failure("TEST", "no", "")


def draft(name: str, **other: Any) -> WriteDraft:
    return WriteDraft(workflow=flow(name), observed=MISSING, **{"release": True, **other})


def plan(*changes: Change) -> Plan:
    return Plan("production", changes)


def apply(given: Plan, context: WriteContext, **options: Any) -> dict[str, Outcome]:
    jobs = executor.intend(given, context)
    guard = ConflictGuard(context, [job.change.workflow.name for job in jobs], {}, None, 0.0)
    outcomes = executor.apply(given, jobs, context, **{"rivals": guard, "concurrency": 1, **options})
    assert [outcome.change for outcome in outcomes] == list(given)
    return {outcome.change.workflow.name: outcome for outcome in outcomes}


def open_intents(context: WriteContext, name: str) -> tuple[Intent, ...]:
    return context.state.read("production").of(name).open_intents


def test_intents_are_recorded_before_anything_is_sent() -> None:
    connections = FakeConnections()
    context = write_context(connections)
    names: list[bool] = []
    connections.writes = {"a": lambda _: names.extend(bool(open_intents(context, name)) for name in "ab")}
    apply(plan(draft("a"), draft("b")), context)
    assert names == [True, True]


def test_nothing_to_write_leaves_no_trace_in_the_state() -> None:
    context = write_context(FakeConnections())
    assert executor.intend(plan(Unchanged(workflow=flow("a"), observed=MISSING)), context) == ()
    assert context.state.read("production").workflows == {}


@pytest.mark.parametrize(
    ("change", "gated", "expected"),
    [
        (draft("a"), {"a"}, Intent("import", flow("a").fingerprint, evaluate=True, release=True)),
        (draft("a"), {"b"}, Intent("import", flow("a").fingerprint, release=True)),
        (draft("a", release=False), {"a"}, Intent("import", flow("a").fingerprint)),
        (draft("a", restored=RollbackOf("f" * 64, "c0", "")), {"a"}, Intent(ROLLBACK, "f" * 64, release=True)),
        (
            CreateLive(workflow=yaml("a"), observed=MISSING, as_name="A", release=True),
            set(),
            Intent("create", yaml("a").fingerprint, "A", release=True),
        ),
    ],
)
def test_intent_of_a_change(change: Change, gated: set[str], expected: Intent) -> None:
    context = write_context(FakeConnections(), policy=POLICY.__class__(environment="production", gated=frozenset(gated)))
    (job,) = executor.intend(plan(change), context)
    (intent,) = open_intents(context, "a")
    attempt = job.attempt.attempt if job.attempt else expected.attempt
    assert intent == Intent(expected.action, expected.fingerprint, attempt, evaluate=expected.evaluate, release=expected.release)
    assert intent.gives_up_at > 0


@pytest.mark.parametrize(
    ("effect", "outcome", "code", "still_open"),
    [
        (None, "done", "", False),
        (FlowshipError("secret", code="X"), "failed", "X", False),
        (LOST, "unknown", "LOST", True),
        (Preempted(Intent("import", "f", run="r2"), "r1"), "skipped", "RIVAL", False),
        (Deferred("in use"), "held", "", False),
        (ValueError("ours"), "unknown", "BUG", True),
    ],
)
def test_outcome_of_what_a_target_raises(effect: Exception | None, outcome: str, code: str, still_open: bool) -> None:
    connections = FakeConnections()
    connections.writes = {"a": effect} if effect else {}
    context = write_context(connections)
    result = apply(plan(draft("a")), context)["a"]
    assert (result.outcome, result.error.code if result.error else "") == (outcome, code)
    assert "secret" not in (result.error.message if result.error else "")
    assert bool(open_intents(context, "a")) == still_open
    assert (result.warning == "in use") == (outcome == "held")


def test_preempted_after_a_write_is_a_failure() -> None:
    connections = FakeConnections()

    def preempted(_: Any) -> None:
        raise Preempted(Intent("import", "f", run="r2"), "r1")

    connections.writes = {"a": preempted}
    assert apply(plan(draft("a")), write_context(connections))["a"].outcome == "failed"


def test_rival_is_asked_right_before_a_write() -> None:
    connections = FakeConnections()
    context = write_context(connections)
    jobs = executor.intend(plan(draft("a"), draft("b")), context)
    guard = ConflictGuard(context, ["a", "b"], {"a": Intent("import", "f", run="r0")}, None, 0.0)
    outcomes = executor.apply(plan(draft("a"), draft("b")), jobs, context, rivals=guard, concurrency=1)
    assert [outcome.outcome for outcome in outcomes] == ["skipped", "done"]
    assert connections.applied == ["b"]


@pytest.mark.parametrize(("fail_fast", "applied"), [(True, []), (False, ["b"])])
@pytest.mark.parametrize("first", ["failing", "unknown", "planned", "refused"])
def test_failure_stops_the_others_only_under_fail_fast(first: str, fail_fast: bool, applied: list[str]) -> None:
    connections = FakeConnections()
    connections.writes = {"a": FlowshipError("no") if first == "failing" else LOST} if first in ("failing", "unknown") else {}
    change = Fail(workflow=flow("a"), observed=MISSING, code="X", message="", fix="") if first == "planned" else draft("a")
    context = write_context(connections, refused={"a": REFUSED} if first == "refused" else {})
    outcomes = apply(plan(change, draft("b")), context, fail_fast=fail_fast)
    assert connections.applied == applied
    assert outcomes["b"].outcome == ("skipped" if fail_fast else "done")
    assert not open_intents(context, "b")


def test_refused_workflow_is_not_sent_and_its_intent_is_closed() -> None:
    connections, state = FakeConnections(), MemoryStateStore()
    context = write_context(connections, state, refused={"a": REFUSED})
    labels: list[str] = []
    advance: Callable[[Outcome], None] = lambda outcome: labels.append(outcome.change.workflow.name)  # noqa: E731
    outcomes = apply(plan(draft("a"), draft("b")), context, advance=advance)
    assert (outcomes["a"].outcome, outcomes["a"].error) == ("failed", REFUSED)
    assert (connections.applied, labels) == (["b"], ["a", "b"])
    assert not open_intents(context, "a")


def test_workflow_without_enough_requests_is_skipped() -> None:
    connections = FakeConnections()
    connections.outlooks = {"a": QuotaStatus(0, time.time() + 3600, 100)}
    outcomes = apply(plan(draft("a"), draft("b")), write_context(connections))
    assert [outcomes[name].outcome for name in "ab"] == ["skipped", "done"]
    assert connections.applied == ["b"]


def test_stopped_run_starts_nothing_and_says_so() -> None:
    connections = FakeConnections()
    connections.clock.stop()
    context = write_context(connections)
    outcome = apply(plan(draft("a")), context)["a"]
    assert (outcome.outcome, outcome.error.code if outcome.error else "") == ("skipped", "NOT_STARTED")
    assert (connections.applied, open_intents(context, "a")) == ([], ())


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (Hold(workflow=flow("a"), observed=MISSING), "held"),
        (Unchanged(workflow=flow("a"), observed=MISSING), "done"),
        (Superseded(workflow=flow("a"), observed=MISSING), "skipped"),
        (Drift(workflow=flow("a"), observed=MISSING, status="modified"), "done"),
        (Fail(workflow=flow("a"), observed=MISSING, code="X", message="m", fix="f"), "failed"),
    ],
)
def test_outcome_of_what_writes_nothing(change: Change, outcome: str) -> None:
    result = executor.untouched(change)
    assert (result.outcome, result.error) == (outcome, Failure("X", "m", "f") if outcome == "failed" else None)
    assert executor.planned(change).outcome is None
    assert executor.not_applied(change, REFUSED) == result


def test_change_of_a_refused_plan_is_skipped() -> None:
    result = executor.not_applied(draft("a"), REFUSED)
    assert (result.outcome, result.error) == ("skipped", REFUSED)
    assert executor.planned(draft("a")).outcome is None
