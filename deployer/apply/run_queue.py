"""Taking turns: of two runs that write the same workflows, the later one waits until nothing of the earlier one is on its way any more.

Why that is enough. The state keeps intents in one order. Every run says its own and looks then, so the later of two knows of the earlier
one. It waits until that one has said how it ended, or is known to be over. Else it waits `PATIENCE`: in that time the earlier one has
looked too (nothing is sent 30 seconds after a look without another one), has seen that it has to give way, and what it had sent before
has been answered. Whatever was waited for, or wrote in the meantime, the later run looks at the platforms again and decides anew: so what
stays is decided with everything known, and a newer commit is not written over.

Where nobody else is there this costs nothing: the look is the one that is taken before the first write anyway.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple

from deployer.apply.conflicts import FIX, LOOK_INTERVAL_S, ConflictGuard, outranks
from deployer.apply.executor import Job, intend, not_applied
from deployer.model.change import Change, Fail
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.text import count
from deployer.platforms.write_context import POLL_SECONDS, WriteContext, WriteProgress
from deployer.state.base import ConcurrentRuns, Intent

IN_FLIGHT = 70.0  # seconds: the longest that one request takes, to connect (5) and to be answered (60), and a few more
MAX_WAIT_S = LOOK_INTERVAL_S + IN_FLIGHT


class ReadyPlan(NamedTuple):
    """It is this run's turn: what is left to do, as said in the state. `notices`: what people should know of how it came to that."""

    plan: Plan
    jobs: Sequence[Job]
    rivals: ConflictGuard
    notices: tuple[str, ...] = ()


def refused(ready: ReadyPlan, context: WriteContext, why: Failure) -> tuple[Outcome, ...]:
    """What was decided anew may not be applied at all: nothing is, and the state is told."""
    _close(context, [job.change for job in ready.jobs])
    return tuple(not_applied(change, why) for change in ready.plan)


class QueuePosition(NamedTuple):
    """`seen`: the last look, taken at `at` (monotonic seconds); None where the state could not be asked. `moved`: other runs may have
    written these workflows since this one looked at them. `blocked`: who still writes and does not give way, by workflow."""

    seen: ConcurrentRuns | None = None
    at: float = 0.0
    moved: frozenset[str] = frozenset()
    blocked: Mapping[str, Intent] = {}
    waited: tuple[str, ...] = ()


def ready(plan: Plan, context: WriteContext, again: Callable[[], Plan] | None, say: Callable[[str], None]) -> ReadyPlan:
    """Say the intent, wait for this run's turn, and decide anew with `again` where others wrote in the meantime. Without `again` nothing
    is done then: what was decided is not what somebody asked for any more. Raises what `again` raises, with nothing written."""
    jobs = intend(plan, context)
    names = [job.change.workflow.name for job in jobs]
    turn = _await_turn(context, names, rollback=any(job.change.restored for job in jobs), say=say) if jobs else QueuePosition()
    if turn.moved:
        plan = _decide_anew(plan, names, context, again)
        jobs = intend(plan, context)
    rivals = ConflictGuard(context, names, turn.blocked, turn.seen, turn.at)
    return ReadyPlan(plan, jobs, rivals, _notices(turn))


def _await_turn(context: WriteContext, names: Collection[str], *, rollback: bool, say: Callable[[str], None]) -> QueuePosition:
    try:
        seen, at = _look(context, names)
        waited, runs, patient = frozenset(seen.earlier_intents), _runs(seen), True
        if runs:
            say(_waits(seen))
        for pause in _pauses() if runs else ():
            patient = context.clock.wait(pause)
            if not patient:
                break
            seen, at = _look(context, names)
            if not seen.earlier_intents:
                break
    except FlowshipError:
        return QueuePosition()
    policy = context.policy
    stay = {
        name: each for name, intents in seen.earlier_intents.items() for each in intents if not patient or outranks(each, policy, rollback=rollback)
    }
    return QueuePosition(seen, at, seen.possibly_changed | waited, stay, runs)


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


def _decide_anew(plan: Plan, names: Collection[str], context: WriteContext, again: Callable[[], Plan] | None) -> Plan:
    """The plan with what is decided now about the workflows that this run said it writes, and about no other. What is not written any more is
    closed in the state."""
    before = {change.workflow.name: change for change in plan}
    try:
        new = {change.workflow.name: change for change in (again() if again else map(_not_any_more, plan.writes))}
    except BaseException:
        _close(context, [before[name] for name in names])
        raise
    _close(context, [before[name] for name in names if name not in new or not new[name].writes])
    changes = [new.get(name) if name in names else change for name, change in before.items()]
    return Plan(plan.environment, tuple(change for change in changes if change), plan.notices)


def _not_any_more(change: Change) -> Fail:
    return Fail(
        workflow=change.workflow,
        observed=change.observed,
        target=change.target,
        code="RIVAL",
        message="Another run wrote in this environment while this one was deciding: nothing was sent.",
        fix="Look at what is live now. If this is still wanted, run it again.",
    )


def _close(context: WriteContext, changes: Collection[Change]) -> None:
    for change in changes:
        context.finish(change, "skipped", WriteProgress())


def _runs(seen: ConcurrentRuns) -> tuple[str, ...]:
    return tuple(sorted({each.run for intents in seen.earlier_intents.values() for each in intents}))


def _waits(seen: ConcurrentRuns) -> str:
    return f"Waits for {' and '.join(_runs(seen))}, which was here first and writes {_some(seen.earlier_intents)}: {MAX_WAIT_S:.0f} s at most."


def _notices(turn: QueuePosition) -> tuple[str, ...]:
    if not turn.moved:
        return ()
    who = f"Waited for {' and '.join(turn.waited)}" if turn.waited else "Another run wrote while this one was planning"
    return (f"{who}: looked again and decided anew ({_some(turn.moved)}). {FIX.partition('.')[0]}.",)


def _some(names: Collection[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:5]) + (f" and {count(len(listed) - 5, 'more workflow')}" if len(listed) > 5 else "")
