"""The queue of runs: of two runs that write the same workflows, the later one waits until no request of the earlier one is in flight.

Why that is enough. The state keeps intents in one order. Every run records its own and then reads the state, so the later of two runs sees
the earlier one. It waits until the earlier one has recorded its end, or is known to be over; else `MAX_WAIT_S`: in that time the earlier
run has read the state too (it sends nothing later than 30 seconds after it last did), has seen that it has to yield, and what it had
sent has been answered. After waiting, or after another run wrote, the later run observes the platforms again and makes its plan again.

A run that is alone reads the state once, as it would anyway before its first write.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import NamedTuple

from deployer.apply.conflicts import FIX, LOOK_INTERVAL_S, ConflictGuard, outranks
from deployer.apply.executor import Job, intend, not_applied
from deployer.model.change import Change, Fail
from deployer.model.errors import FlowshipError
from deployer.model.failure import NAME_TAKEN, Failure
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.text import count
from deployer.platforms.write_context import POLL_SECONDS, WriteContext, WriteProgress
from deployer.state import run_names
from deployer.state.base import ConcurrentRuns, Intent

IN_FLIGHT_S = 70.0  # the longest that one request takes: 5 to connect, 60 to be answered, and a few more
MAX_WAIT_S = LOOK_INTERVAL_S + IN_FLIGHT_S


class ReadyPlan(NamedTuple):
    """The plan to apply now that it is this run's turn, with its jobs as recorded in the state. `notices`: about waiting, for people."""

    plan: Plan
    jobs: Sequence[Job]
    rivals: ConflictGuard
    notices: tuple[str, ...] = ()


def refused(ready: ReadyPlan, context: WriteContext, why: Failure) -> tuple[Outcome, ...]:
    """The outcomes of a plan that may not be applied after all; its intents are closed in the state."""
    _close_intents(context, [job.change for job in ready.jobs])
    return tuple(not_applied(change, why) for change in ready.plan)


class QueuePosition(NamedTuple):
    """`look`: the other runs as last read, `at` (monotonic seconds); None where the state could not be read. `moved`: workflows that other
    runs may have written since this one observed them. `blocked`: intents of runs that still write and do not yield, by workflow."""

    look: ConcurrentRuns | None = None
    at: float = 0.0
    moved: frozenset[str] = frozenset()
    blocked: Mapping[str, Intent] = {}
    waited: tuple[str, ...] = ()


def ready(plan: Plan, context: WriteContext, replan: Callable[[], Plan] | None, print_line: Callable[[str], None]) -> ReadyPlan:
    """Record the intents, wait for this run's turn, and call `replan` where other runs wrote in the meantime; without `replan` nothing is written
    then, since the plan was approved as it was. Raises what `replan` raises, with nothing written."""
    jobs = intend(plan, context)
    names = [*(job.change.workflow.name for job in jobs), *_doubtful(plan)]
    turn = _await_turn(context, names, rollback=any(job.change.restored for job in jobs), print_line=print_line) if names else QueuePosition()
    if turn.moved:
        plan = _replan(plan, names, context, replan or (lambda: _not_attempted(plan, turn)))
        jobs = intend(plan, context)
    rivals = ConflictGuard(context, names, turn.blocked, turn.look, turn.at)
    return ReadyPlan(plan, jobs, rivals, _notices(turn))


def _doubtful(plan: Plan) -> Iterator[str]:
    """Workflows whose name is taken: by what another run has created since this one read the state, it may be."""
    return (change.workflow.name for change in plan if isinstance(change, Fail) and change.code == NAME_TAKEN)


def _await_turn(context: WriteContext, names: Collection[str], *, rollback: bool, print_line: Callable[[str], None]) -> QueuePosition:
    try:
        look, at = _look(context, names)
        waited, runs, patient = frozenset(look.earlier_intents), _shown_runs(look, context.run), True
        if runs:
            print_line(_waiting_line(look, runs))
        for pause in _pauses() if runs else ():
            patient = context.clock.wait(pause)
            if not patient:
                break
            look, at = _look(context, names)
            if not look.earlier_intents:
                break
    except FlowshipError:
        return QueuePosition()
    policy = context.policy
    blocked = {
        name: intent
        for name, intents in look.earlier_intents.items()
        for intent in intents
        if not patient or outranks(intent, policy, rollback=rollback)
    }
    return QueuePosition(look, at, look.possibly_changed | waited, blocked, runs)


def _look(context: WriteContext, names: Collection[str]) -> tuple[ConcurrentRuns, float]:
    at = time.monotonic()
    return context.state.concurrent_runs(context.environment, context.run, names), at


def _pauses() -> Iterator[float]:
    left = MAX_WAIT_S
    for pause in chain(POLL_SECONDS, repeat(POLL_SECONDS[-1])):
        yield min(pause, left)
        left -= pause
        if left <= 0:
            return


def _replan(plan: Plan, names: Collection[str], context: WriteContext, replan: Callable[[], Plan]) -> Plan:
    """The plan with new changes for these workflows, and for no other. Intents of those no longer written are closed in the state."""
    old = {change.workflow.name: change for change in plan}
    announced = [name for name in names if old[name].writes]
    try:
        replanned = {change.workflow.name: change for change in replan()}
    except BaseException:
        _close_intents(context, [old[name] for name in announced])
        raise
    _close_intents(context, [old[name] for name in announced if name not in replanned or not replanned[name].writes])
    changes = [replanned.get(name, None if name in announced else change) if name in names else change for name, change in old.items()]
    return replace(plan, changes=tuple(change for change in changes if change))


def _not_attempted(plan: Plan, turn: QueuePosition) -> Plan:
    """A plan that was approved as it was, and may not be applied now that another run came between."""
    message = f"{_interference(turn)} in this environment while this one was planning. Nothing was sent."
    fix = "Look at what is live now. If this is still wanted, run it again."
    failures = (
        Fail(workflow=change.workflow, observed=change.observed, target=change.target, code="RIVAL", message=message, fix=fix)
        for change in plan.writes
    )
    return Plan(plan.environment, tuple(failures), plan.notices)


def _close_intents(context: WriteContext, changes: Collection[Change]) -> None:
    for change in changes:
        context.finish(change, "skipped", WriteProgress())


def _shown_runs(look: ConcurrentRuns, own: str) -> tuple[str, ...]:
    return tuple(sorted({run_names.shown(intent.run, own) for intents in look.earlier_intents.values() for intent in intents}))


def _waiting_line(look: ConcurrentRuns, runs: tuple[str, ...]) -> str:
    names = " and ".join(runs)
    return f"{names[0].upper()}{names[1:]} is deploying {_listed(look.earlier_intents)}. Waiting up to {MAX_WAIT_S:.0f} s."


def _notices(turn: QueuePosition) -> tuple[str, ...]:
    if not turn.moved:
        return ()
    reason = f"Waited for {' and '.join(turn.waited)}" if turn.waited else f"{_interference(turn)} while this one was planning"
    return (f"{reason}: planned again ({_listed(turn.moved)}). {FIX.partition('.')[0]}.",)


def _interference(turn: QueuePosition) -> str:
    """What another run did, as far as it recorded that: one that was cut off may have written without a record."""
    return "Another run wrote" if turn.look and turn.look.written & turn.moved else "Another run may have written"


def _listed(names: Collection[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:5]) + (f" and {count(len(listed) - 5, 'more workflow')}" if len(listed) > 5 else "")
