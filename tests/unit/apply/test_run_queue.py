"""Whose turn it is: the later run waits for the earlier one, plans again, and writes nothing that was decided too early."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from fake_targets import POLICY, FakeConnections, flow, write_context

from deployer.apply import run_queue
from deployer.model.change import Change, RollbackOf, Unchanged, WriteDraft
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.platforms.write_context import WriteContext
from deployer.state.base import ConcurrentRuns, Intent
from deployer.state.memory import MemoryStateStore

EARLIER = Intent("import", "f" * 64, run="r0", commit="c2")
NONE = ConcurrentRuns()
BUSY = ConcurrentRuns(earlier_intents={"a": (EARLIER,)})


def draft(name: str, text: str = "", **other: Any) -> Change:
    return WriteDraft(workflow=flow(name, text), observed=MISSING, release=True, **other)


def plan(*changes: Change) -> Plan:
    return Plan("production", changes)


class LookedAt(MemoryStateStore):
    """A state whose looks give `looks`, one after the other; the last one repeats."""

    def __init__(self, *looks: ConcurrentRuns | FlowshipError) -> None:
        super().__init__()
        self.looks = list(looks)

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, FlowshipError):
            raise look
        return look


class Waits:
    """A clock whose waits take no time. `patience`: how many of them are covered."""

    remaining, stopped = 600.0, False

    def __init__(self, patience: int = 1000) -> None:
        self.patience = patience
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return len(self.waited) <= self.patience


def context_of(state: MemoryStateStore, patience: int = 1000, **other: Any) -> tuple[WriteContext, Waits]:
    connections, clock = FakeConnections(), Waits(patience)
    connections.clock = clock  # type: ignore[assignment]
    return write_context(connections, state, **other), clock


def silent(_: str) -> None:
    """Prints nothing."""


def is_open(context: WriteContext, name: str) -> bool:
    return bool(context.state.read("production").of(name).open_intents)


def test_alone_it_does_not_wait_and_plans_once() -> None:
    context, clock = context_of(LookedAt(NONE))
    given = plan(draft("a"))
    ready = run_queue.ready(given, context, never, silent)
    assert (ready.plan, len(ready.jobs), ready.notices, clock.waited) == (given, 1, (), [])


def never() -> Plan:
    raise AssertionError("planned again")


def test_later_run_waits_until_the_earlier_one_is_over_and_plans_again() -> None:
    context, clock = context_of(LookedAt(BUSY, BUSY, NONE))
    lines: list[str] = []
    ready = run_queue.ready(plan(draft("a"), draft("b")), context, lambda: plan(draft("a", "new"), draft("b", "new")), lines.append)
    assert len(clock.waited) == 2
    assert [job.change.workflow.source.definition for job in ready.jobs] == [{"name": "new"}, {"name": "new"}]
    assert "r0" in lines[0]
    assert ready.notices[0].startswith("Waited for run r0")
    ready.rivals.refuse("a")


def test_what_the_new_plan_no_longer_writes_is_closed() -> None:
    context, _ = context_of(LookedAt(BUSY, NONE))
    again = plan(Unchanged(workflow=flow("a"), observed=MISSING), draft("b"), draft("c"))
    ready = run_queue.ready(plan(draft("a"), draft("b")), context, lambda: again, silent)
    assert [job.change.workflow.name for job in ready.jobs] == ["b"]  # c was not in the plan that was announced
    assert [change.action for change in ready.plan] == ["unchanged", "import"]
    assert (is_open(context, "a"), is_open(context, "b")) == (False, True)


def test_workflow_that_was_not_announced_stays_as_first_planned() -> None:
    context, _ = context_of(LookedAt(BUSY, NONE))
    first = plan(draft("a"), Unchanged(workflow=flow("b"), observed=MISSING))
    ready = run_queue.ready(first, context, lambda: plan(draft("a", "new"), draft("b", "new")), silent)
    assert [(change.workflow.name, change.action) for change in ready.plan] == [("a", "import"), ("b", "unchanged")]


@pytest.mark.parametrize(
    ("written", "notice"), [(frozenset({"a"}), "Another run wrote while"), (frozenset[str](), "Another run may have written while")]
)
def test_without_replan_nothing_is_written_after_another_run(written: frozenset[str], notice: str) -> None:
    context, _ = context_of(LookedAt(ConcurrentRuns(possibly_changed=frozenset({"a"}), written=written)))
    ready = run_queue.ready(plan(draft("a")), context, None, silent)
    assert [(change.action, getattr(change, "code", "")) for change in ready.plan] == [("fail", "RIVAL")]
    assert (ready.jobs, is_open(context, "a")) == ((), False)
    assert ready.notices[0].startswith(notice)


def test_replan_that_fails_closes_every_intent() -> None:
    context, _ = context_of(LookedAt(BUSY, NONE))

    def failing() -> Plan:
        raise FlowshipError("no")

    with pytest.raises(FlowshipError):
        run_queue.ready(plan(draft("a"), draft("b")), context, failing, silent)
    assert not any(is_open(context, name) for name in "ab")


def test_wait_ends_after_the_longest_request_and_the_earlier_run_then_yields() -> None:
    context, clock = context_of(LookedAt(BUSY))
    ready = run_queue.ready(plan(draft("a")), context, lambda: plan(draft("a")), silent)
    assert sum(clock.waited) == run_queue.MAX_WAIT_S
    ready.rivals.refuse("a")  # the earlier one looks every 30 s and gives way


@pytest.mark.parametrize(
    ("patience", "commit", "rollback", "blocked"),
    [(1000, "c2", False, True), (1000, "c2", True, False), (0, "", False, True), (1000, "", False, False)],
)
def test_earlier_run_that_does_not_yield_blocks(patience: int, commit: str, rollback: bool, blocked: bool) -> None:
    """It ships a newer commit (c2 after c1), or the time is up before it can have yielded; a rollback goes to an older commit on purpose."""
    later: Callable[[str, str], bool] = lambda older, newer: (older, newer) == ("c1", "c2")  # noqa: E731
    policy = POLICY.__class__(environment="production", commit="c1", is_ancestor=later)
    look = ConcurrentRuns(earlier_intents={"a": (Intent("import", "f" * 64, run="r0", commit=commit),)})
    context, _ = context_of(LookedAt(look), patience, policy=policy)
    change = draft("a", restored=RollbackOf("e" * 64, "c0", "")) if rollback else draft("a")
    ready = run_queue.ready(plan(change), context, lambda: plan(change), silent)
    if not blocked:
        ready.rivals.refuse("a")
        return
    with pytest.raises(FlowshipError, match="r0"):
        ready.rivals.refuse("a")


def test_state_that_cannot_be_asked_stops_nothing() -> None:
    context, clock = context_of(LookedAt(FlowshipError("no")))
    given = plan(draft("a"))
    assert (run_queue.ready(given, context, never, silent).plan, clock.waited) == (given, [])


def test_nothing_to_write_asks_nothing() -> None:
    context, _ = context_of(LookedAt(FlowshipError("asked")))
    given = plan(Unchanged(workflow=flow("a"), observed=MISSING))
    assert run_queue.ready(given, context, never, silent).jobs == ()


def test_refused_plan_is_closed_in_the_state() -> None:
    context, _ = context_of(LookedAt(NONE))
    ready = run_queue.ready(plan(draft("a")), context, never, silent)
    outcomes = run_queue.refused(ready, context, Failure("DRIFT", "", ""))
    assert ([outcome.outcome for outcome in outcomes], is_open(context, "a")) == (["skipped"], False)
