"""Applying a plan: bounded concurrency over workflows, one workflow's steps in order, exactly one outcome per change.

A failure stops that workflow and no other, unless `fail_fast`.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from deployer.apply import quota
from deployer.apply.conflicts import ConflictGuard, Preempted
from deployer.http.executor import BoundedExecutor, Unfinished
from deployer.model import marker
from deployer.model.change import Change, CreateLive, Fail, Unchanged, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome, OutcomeCode
from deployer.model.plan import Plan
from deployer.platforms.write_context import Deferred, WriteContext, WriteProgress
from deployer.state.base import ROLLBACK, Intent

SLACK = 60.0  # seconds by which clocks of two machines may differ
STILL: Mapping[str, OutcomeCode] = {"hold": "held", "unchanged": "done", "superseded": "skipped", "drift": "done", "fail": "failed", "adopt": "done"}
NOT_DONE: Mapping[Unfinished, tuple[OutcomeCode, Failure]] = {
    Unfinished.NOT_STARTED: ("skipped", Failure("NOT_STARTED", "The run ended before this workflow's turn: nothing was sent.", "Run it again.")),
    Unfinished.ABANDONED: (
        "unknown",
        Failure(
            "INTERRUPTED",
            "The run was stopped while this workflow was being written.",
            "Run it again: it looks first, and writes only what is missing.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One change to carry out, with the marker of its first attempt (imports)."""

    change: Change
    attempt: marker.Marker | None = None


def intend(plan: Plan, context: WriteContext) -> tuple[Job, ...]:
    """Say in the state what will be written, and until when at the latest. Nothing is said where there is nothing to write."""
    jobs = tuple(Job(change, marker.new(change.workflow.fingerprint) if isinstance(change, WriteDraft) else None) for change in plan.writes)
    if jobs:
        intended = {job.change.workflow.name: _intended(job, context.policy.gated) for job in jobs}
        until = time.time_ns() // 1_000_000 + int((context.clock.remaining + SLACK) * 1000)
        context.state.intend(plan.environment, context.run, context.commit, plan.hash, intended, until)
    return jobs


def apply(
    plan: Plan,
    jobs: Sequence[Job],
    context: WriteContext,
    *,
    rivals: ConflictGuard,
    concurrency: int,
    fail_fast: bool = False,
    advance: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Carry out a plan, whose `jobs` were said in the state; outcomes in the plan's order. `advance` is called with each outcome as it
    is known."""
    outcomes = {change.workflow.name: untouched(change) for change in plan if not change.writes}
    failed = threading.Event()
    if any(isinstance(change, Fail) for change in plan):
        failed.set()
    for job in jobs:
        refused = context.refused.get(job.change.workflow.name)
        if refused:
            failed.set()
            outcomes[job.change.workflow.name] = _not_begun(job.change, refused, context, "failed")
            advance(outcomes[job.change.workflow.name])
    jobs = tuple(job for job in jobs if job.change.workflow.name not in outcomes)
    context = replace(context, before_send=rivals.refuse)

    def work(job: Job) -> Outcome:
        short = quota.too_little(job.change.workflow, job.change.action, context.connections, context.clock, min(concurrency, len(jobs)))
        outcome = _not_begun(job.change, short, context) if short else _carry_out(job, context)
        if outcome.outcome in ("failed", "unknown"):
            failed.set()  # here, not where results are read: the next job would have begun by then
        return outcome

    pool: BoundedExecutor[Job, Outcome] = BoundedExecutor(work, context.clock, concurrency, lambda: not (fail_fast and failed.is_set()))
    for index, result in pool.run(jobs):
        outcome = _not_done(jobs[index].change, result, context) if isinstance(result, Unfinished) else result
        outcomes[outcome.change.workflow.name] = outcome
        advance(outcome)
    return tuple(outcomes[change.workflow.name] for change in plan)


def untouched(change: Change) -> Outcome:
    """The outcome of a change that writes nothing."""
    problem = Failure(change.code, change.message, change.fix) if isinstance(change, Fail) else None
    return _outcome(change, STILL[change.action], problem)


def planned(change: Change) -> Outcome:
    """What a plan says of a change: nothing was tried, so there is no outcome."""
    return replace(_outcome(change, "done", None) if change.writes else untouched(change), outcome=None)


def not_applied(change: Change, problem: Failure) -> Outcome:
    """The outcome of a change that a refusal of the whole plan kept from being tried."""
    return _outcome(change, "skipped", problem) if change.writes else untouched(change)


def _outcome(change: Change, name: OutcomeCode, problem: Failure | None) -> Outcome:
    return Outcome(
        change=change,
        outcome=name,
        version=change.version if isinstance(change, Unchanged) else None,
        previous_version=change.previous_version,
        target=change.target,
        live=change.live,
        warning=change.warning,
        error=problem,
    )


def _not_begun(change: Change, why: Failure, context: WriteContext, name: OutcomeCode = "skipped") -> Outcome:
    """Nothing was sent."""
    context.finish(change, "skipped", WriteProgress())
    return _outcome(change, name, why)


def _not_done(change: Change, why: Unfinished, context: WriteContext) -> Outcome:
    if why is Unfinished.NOT_STARTED:
        context.finish(change, "skipped", WriteProgress())
    return _outcome(change, *NOT_DONE[why])


def _intended(job: Job, gated: frozenset[str]) -> Intent:
    attempt = job.change.as_name if isinstance(job.change, CreateLive) else job.attempt.attempt if job.attempt else ""
    evaluate = job.change.release and not job.change.restored and job.change.workflow.name in gated
    return Intent(
        ROLLBACK if job.change.restored else job.change.action, job.change.fingerprint, attempt, evaluate=evaluate, release=job.change.release
    )


def _carry_out(job: Job, context: WriteContext) -> Outcome:
    change, step, started = job.change, WriteProgress(target=job.change.target, previous_version=job.change.previous_version), time.monotonic()
    step.warn(change.warning)
    name: OutcomeCode = "done"
    problem = None
    try:
        context.before_send(change.workflow.name)
        context.target(change.workflow).apply(change, job.attempt, context, step)
    except Deferred as aside:
        name = "held"
        step.warn(aside.why)
    except FlowshipError as error:
        name = "unknown" if isinstance(error, OutcomeUnknown) else "skipped" if isinstance(error, Preempted) and not step.written else "failed"
        problem = Failure(error.code, context.redact(error.message), context.redact(error.fix))
    except Exception as error:  # noqa: BLE001 - our bug in one workflow must not take the others' outcomes along
        name = "unknown"
        problem = Failure("BUG", f"A bug in Flowship: {type(error).__name__}.", "Please report it. Running again is safe: it looks first.")
    context.finish(change, name, step)
    return Outcome(
        change=change,
        outcome=name,
        version=step.version,
        previous_version=step.previous_version,
        target=step.target,
        live=step.live,
        warning=step.warning,
        error=problem,
        seconds=round(time.monotonic() - started, 3),
        location=step.location,
        limitations="; ".join(step.limitations),
    )
