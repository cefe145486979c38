"""When a run yields to another one that writes the same workflow, and how often it asks whether there is one."""

from collections.abc import Collection
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployer.apply import conflicts
from deployer.apply.conflicts import LOOK_INTERVAL_S, ConflictGuard, Preempted, outranks, yields_to
from deployer.model.errors import PlatformError
from deployer.model.policy import Policy
from deployer.state.base import ROLLBACK, ConcurrentRuns, Intent

LATER = Intent("import", "f" * 64, run="r2", commit="c2")
NONE = ConcurrentRuns()
RIVAL = ConcurrentRuns(latest_intent={"triage": LATER})
POLICY = Policy(environment="production", commit="c1", is_ancestor=lambda older, newer: (older, newer) in (("c0", "c1"), ("c1", "c2")))


class FakeTime:
    """`seconds` is what the guard takes for the time."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class FakeStore:
    """Answers with `answer`, or raises it, and counts how often it was asked."""

    def __init__(self, answer: ConcurrentRuns | PlatformError = NONE) -> None:
        self.answer = answer
        self.calls: list[tuple[str, str, list[str]]] = []

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        self.calls.append((environment, run, sorted(workflows)))
        if isinstance(self.answer, PlatformError):
            raise self.answer
        return self.answer


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(conflicts, "time", fake)
    return fake


def guard(store: FakeStore, first_look: ConcurrentRuns | None = NONE, at: float = 1000.0, **blocked: Intent) -> ConflictGuard:
    context = SimpleNamespace(state=store, environment="production", run="r1", policy=POLICY)
    return ConflictGuard(cast("Any", context), ["triage", "faq"], blocked, first_look, at)


def test_guard_asks_again_every_30_seconds(time: FakeTime) -> None:
    store = FakeStore()
    guarded = guard(store)
    time.seconds += LOOK_INTERVAL_S - 0.1
    guarded.refuse("triage")
    assert store.calls == []
    time.seconds += 0.1
    store.answer = RIVAL
    with pytest.raises(Preempted, match="r2"):
        guarded.refuse("triage")
    assert store.calls == [("production", "r1", ["faq", "triage"])]
    guarded.refuse("faq")
    time.seconds += LOOK_INTERVAL_S - 0.1
    with pytest.raises(Preempted):
        guarded.refuse("triage")
    assert len(store.calls) == 1
    time.seconds += 0.1
    store.answer = NONE
    guarded.refuse("triage")
    assert (len(store.calls), LOOK_INTERVAL_S) == (2, 30.0)


def test_guard_without_a_first_look_asks_before_the_first_write(time: FakeTime) -> None:
    store = FakeStore(RIVAL)
    with pytest.raises(Preempted):
        guard(store, first_look=None).refuse("triage")
    assert len(store.calls) == 1


def test_guard_keeps_the_last_answer_when_the_state_cannot_be_read(time: FakeTime) -> None:
    store = FakeStore(PlatformError("github", "no", code="X"))
    guarded = guard(store, first_look=RIVAL)
    time.seconds += LOOK_INTERVAL_S
    with pytest.raises(Preempted):
        guarded.refuse("triage")
    guarded.refuse("faq")
    assert len(store.calls) == 1


def test_workflow_blocked_by_an_earlier_run_is_refused_whatever_the_state_answers(time: FakeTime) -> None:
    guarded = guard(FakeStore(), triage=Intent("import", "f" * 64, run="r0"))
    with pytest.raises(Preempted, match="r0"):
        guarded.refuse("triage")
    guarded.refuse("faq")


def test_guard_does_not_yield_to_a_later_run_of_an_older_commit(time: FakeTime) -> None:
    older, newer = (ConcurrentRuns(latest_intent={"triage": replace(LATER, commit=commit)}) for commit in ("c0", "c2"))
    guard(FakeStore(), first_look=older).refuse("triage")
    with pytest.raises(Preempted):
        guard(FakeStore(), first_look=newer).refuse("triage")


@pytest.mark.parametrize(
    ("action", "commit", "yields"), [("import", "c2", True), ("import", "c0", False), ("import", "other", True), (ROLLBACK, "c0", True)]
)
def test_run_yields_to_a_later_one_unless_that_ships_an_older_commit(action: str, commit: str, yields: bool) -> None:
    assert yields_to(Intent(action, "f", run="r2", commit=commit), POLICY) is yields


@pytest.mark.parametrize(
    ("commit", "rollback", "expected"), [("c2", False, True), ("c0", False, False), ("other", False, False), ("c2", True, False)]
)
def test_earlier_run_outranks_ours_when_it_ships_a_newer_commit(commit: str, rollback: bool, expected: bool) -> None:
    assert outranks(Intent("import", "f", run="r0", commit=commit), POLICY, rollback=rollback) is expected
