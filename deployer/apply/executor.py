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
from deployer.platforms.added import find_bug
from deployer.platforms.write_context import Deferred, WriteContext, WriteProgress
from deployer.state.base import ROLLBACK, Intent

CLOCK_SKEW_S = 60.0  # by which clocks of two machines may differ
OUTCOMES: Mapping[str, OutcomeCode] = {  # of changes that write nothing, and of an adopted workflow
    "hold": "held", "unchanged": "done", "superseded": "skipped", "drift": "done", "fail": "failed", "adopt": "done",
}  # fmt: skip
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
    """Record in the state what will be written, and until when at the latest; nothing where the plan writes nothing."""
    jobs = tuple(Job(change, marker.new(change.workflow.fingerprint) if isinstance(change, WriteDraft) else None) for change in plan.writes)
    if jobs:
        intended = {job.change.workflow.name: _intent_of(job, context.policy.gated) for job in jobs}
        gives_up_at = time.time_ns() // 1_000_000 + int((context.clock.remaining + CLOCK_SKEW_S) * 1000)
        context.state.intend(plan.environment, context.run, context.commit, plan.hash, intended, gives_up_at)
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
    """Carry out a plan whose `jobs` are recorded in the state; outcomes in the plan's order. `advance` is called with each outcome at once."""
    outcomes = {change.workflow.name: untouched(change) for change in plan if not change.writes}
    failed = threading.Event()
    if any(isinstance(change, Fail) for change in plan):
        failed.set()
    for job in jobs:
        refused = context.refused.get(job.change.workflow.name)
        if refused:
            failed.set()
            outcomes[job.change.workflow.name] = _skipped(job.change, refused, context, "failed")
            advance(outcomes[job.change.workflow.name])
    jobs = tuple(job for job in jobs if job.change.workflow.name not in outcomes)
    context = replace(context, before_send=rivals.refuse)

    def work(job: Job) -> Outcome:
        shortage = quota.find_shortage(job.change.workflow, job.change.action, context.connections, context.clock, min(concurrency, len(jobs)))
        outcome = _skipped(job.change, shortage, context) if shortage else _carry_out(job, context)
        if outcome.outcome in ("failed", "unknown"):
            failed.set()  # here, since by the time results are read the next job has begun
        return outcome

    pool: BoundedExecutor[Job, Outcome] = BoundedExecutor(work, context.clock, concurrency, lambda: not (fail_fast and failed.is_set()))
    for index, result in pool.run(jobs):
        outcome = _not_done(jobs[index].change, result, context) if isinstance(result, Unfinished) else result
        outcomes[outcome.change.workflow.name] = outcome
        advance(outcome)
    return tuple(outcomes[change.workflow.name] for change in plan)


def untouched(change: Change) -> Outcome:
    """The outcome of a change that writes nothing."""
    failure = Failure(change.code, change.message, change.fix) if isinstance(change, Fail) else None
    return _outcome(change, OUTCOMES[change.action], failure)


def planned(change: Change) -> Outcome:
    """The line of a change in a plan: nothing was tried, so `outcome` is None."""
    return replace(_outcome(change, "done", None) if change.writes else untouched(change), outcome=None)


def not_applied(change: Change, failure: Failure) -> Outcome:
    """The outcome of a change where the whole plan was refused."""
    return _outcome(change, "skipped", failure) if change.writes else untouched(change)


def _outcome(change: Change, code: OutcomeCode, failure: Failure | None) -> Outcome:
    return Outcome(
        change=change,
        outcome=code,
        version=change.version if isinstance(change, Unchanged) else None,
        previous_version=change.previous_version,
        target=change.target,
        live=change.live,
        warning=change.warning,
        error=failure,
    )


def _skipped(change: Change, reason: Failure, context: WriteContext, code: OutcomeCode = "skipped") -> Outcome:
    """The outcome of a change of which nothing was sent; its intent is closed."""
    context.finish(change, "skipped", WriteProgress())
    return _outcome(change, code, reason)


def _not_done(change: Change, unfinished: Unfinished, context: WriteContext) -> Outcome:
    if unfinished is Unfinished.NOT_STARTED:
        context.finish(change, "skipped", WriteProgress())
    return _outcome(change, *NOT_DONE[unfinished])


def _intent_of(job: Job, gated: frozenset[str]) -> Intent:
    attempt = job.change.as_name if isinstance(job.change, CreateLive) else job.attempt.attempt if job.attempt else ""
    evaluate = job.change.release and not job.change.restored and job.change.workflow.name in gated
    restored, release = job.change.restored, job.change.release
    dirty = restored.dirty if restored else job.change.dirty
    return Intent(ROLLBACK if restored else job.change.action, job.change.fingerprint, attempt, evaluate=evaluate, release=release, dirty=dirty)


def _carry_out(job: Job, context: WriteContext) -> Outcome:
    change, progress, started = job.change, WriteProgress(target=job.change.target, previous_version=job.change.previous_version), time.monotonic()
    progress.warn(change.warning)
    code: OutcomeCode = "done"
    failure = None
    try:
        context.before_send(change.workflow.name)
        context.target(change.workflow).apply(change, job.attempt, context, progress)
    except Deferred as deferred:
        code = "held"
        progress.warn(deferred.why)
    except FlowshipError as error:
        code = "unknown" if isinstance(error, OutcomeUnknown) else "skipped" if isinstance(error, Preempted) and not progress.written else "failed"
        failure = Failure(error.code, context.redact(error.message), context.redact(error.fix))
        progress.is_unclear = progress.is_unclear or isinstance(error.__cause__, OutcomeUnknown)
    except Exception as error:  # noqa: BLE001 - a bug with one workflow must not lose the outcomes of others
        code = "unknown"
        owner, position = find_bug(error)
        failure = Failure(
            "BUG", f"A bug in {owner}: {type(error).__name__} at {position}.", "Please report it. Running again is safe: it looks first."
        )
    context.finish(change, "unknown" if progress.is_unclear else code, progress)
    return Outcome(
        change=change,
        outcome=code,
        version=progress.version,
        previous_version=progress.previous_version,
        target=progress.target,
        live=progress.live,
        warning=progress.warning,
        error=failure,
        seconds=round(time.monotonic() - started, 3),
        location=progress.location,
        limitations="; ".join(progress.limitations),
    )
