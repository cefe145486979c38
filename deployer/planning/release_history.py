"""Releases in the state: which are still in effect after rollbacks, and which run made the last one. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model.errors import UsageError
from deployer.model.fingerprint import same_hash
from deployer.platforms.restore import NAME_ONE
from deployer.state.base import ADOPTED, ROLLBACK, DeployRecord, EnvironmentState, WorkflowRecord
from deployer.state.run_names import is_same_job, run_id


class LastRelease(NamedTuple):
    """The names of the workflows that a release made live or was about to, its run, and the run of an unfinished rollback of it, "" for none."""

    names: tuple[str, ...]
    run: str
    resumed: str = ""


def effective_releases(releases: Sequence[DeployRecord]) -> tuple[DeployRecord, ...]:
    """What was live, oldest first, without what was rolled back: the last one is live now, the one before it is what to go back to."""
    stack: list[DeployRecord] = []
    for record in releases:
        if not record.reverted_fingerprint:
            stack.append(record)
            continue
        while stack and same_hash(stack[-1].fingerprint, record.reverted_fingerprint):
            stack.pop()
        index = next((index for index in reversed(range(len(stack))) if same_hash(stack[index].fingerprint, record.fingerprint)), None)
        # It keeps the run that first released it: the next release to roll back is chosen by run and time.
        stack = (
            [*stack, record]
            if index is None
            else [*stack[:index], replace(record, run=stack[index].run, time=stack[index].time, reverted_fingerprint="")]
        )
    return tuple(stack)


def find_last_release(state: EnvironmentState, names: Sequence[str], run: str) -> LastRelease:
    """The last release of these workflows; where a rollback was cut off, or begun by an earlier attempt of this job, the one it rolls back.
    Raises UsageError when no release is recorded.
    """
    rollbacks = {name: rollback_run for name in sorted(names) if (rollback_run := rollback_in_progress(state.of(name), run))}
    standing = {name: stack[-1] for name in names if (stack := effective_releases(state.of(name).releases)) and stack[-1].run != ADOPTED}
    resumed = ""
    if rollbacks:
        name, resumed = next(iter(rollbacks.items()))
        release = _run_before(state.of(name), resumed)
    elif standing:
        release = run_id(max(standing.values(), key=lambda entry: entry.time).run)
    else:
        raise UsageError("The state has no release of this environment, so there is nothing to roll back.", fix=NAME_ONE, code="no-release")
    matches = (name for name in sorted(names) if name in rollbacks or release in _runs_of(state.of(name), standing.get(name)))
    return LastRelease(tuple(matches), release, resumed)


def rollback_in_progress(record: WorkflowRecord, run: str) -> str:
    """The workflow run of a rollback that was cut off, or that this job began, in an earlier attempt or another shard; "" when there is none.
    What another job of this workflow run rolled back is a rollback of its own."""
    if run and any(release.reverted_fingerprint and is_same_job(release.run, run) for release in record.releases):
        return run_id(run)
    return next((run_id(intent.run) for intent in record.open_intents if intent.action == ROLLBACK), "")


def done_by(record: WorkflowRecord, rollback_run: str) -> bool:
    """Has that run rolled it back, whatever came after? Not while its rollback intent is open: a run may release, and roll that release back."""
    still_open = any(intent.action == ROLLBACK and run_id(intent.run) == rollback_run for intent in record.open_intents)
    return bool(rollback_run) and _first_rollback(record, rollback_run) < len(record.releases) and not still_open


def _first_rollback(record: WorkflowRecord, rollback_run: str) -> int:
    """The index of what that run restored, among the releases; their number where it restored nothing."""
    restored = (index for index, release in enumerate(record.releases) if release.reverted_fingerprint and run_id(release.run) == rollback_run)
    return next(restored, len(record.releases))


def _run_before(record: WorkflowRecord, rollback_run: str) -> str:
    """The run whose release that rollback rolls back; "" when none is recorded."""
    releases = record.releases[: _first_rollback(record, rollback_run)] if done_by(record, rollback_run) else record.releases
    stack = effective_releases(releases)
    return run_id(stack[-1].run) if stack else ""


def _runs_of(record: WorkflowRecord, last: DeployRecord | None) -> set[str]:
    """Runs that made live what is live now, or were about to write when they were cut off."""
    return {run_id(intent.run) for intent in record.open_intents} | ({run_id(last.run)} if last else set())
