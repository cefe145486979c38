"""What was released, as the state tells it: what stands, which release was the last one, and whose it was. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model.errors import UsageError
from deployer.model.fingerprint import same_hash
from deployer.platforms.restore import NAME_ONE
from deployer.state.base import ADOPTED, ROLLBACK, DeployRecord, EnvironmentState, WorkflowRecord


class LastRelease(NamedTuple):
    """The workflows that a release made live or was about to, by name, the run it was, and the run of the rollback that is gone on with."""

    names: tuple[str, ...]
    run: str
    resumed: str = ""


def effective_releases(releases: Sequence[DeployRecord]) -> tuple[DeployRecord, ...]:
    """What was live, oldest first, without what was rolled back: the last one is live now, the one before it is what to go back to."""
    stack: list[DeployRecord] = []
    for entry in releases:
        if not entry.reverted_fingerprint:
            stack.append(entry)
            continue
        while stack and same_hash(stack[-1].fingerprint, entry.reverted_fingerprint):
            stack.pop()
        place = next((place for place in reversed(range(len(stack))) if same_hash(stack[place].fingerprint, entry.fingerprint)), None)
        # It keeps the run that first released it: whose release comes next to be rolled back is asked by run and time.
        stack = (
            [*stack, entry]
            if place is None
            else [*stack[:place], replace(entry, run=stack[place].run, time=stack[place].time, reverted_fingerprint="")]
        )
    return tuple(stack)


def find_last_release(state: EnvironmentState, names: Sequence[str], run: str) -> LastRelease:
    """The last release of these workflows. A rollback that was cut off, or that an earlier attempt of this run began, is gone on with.
    Raises UsageError when no release is known.
    """
    begun = {name: began for name in sorted(names) if (began := rollback_in_progress(state.of(name), run))}
    last = {name: stack[-1] for name in names if (stack := effective_releases(state.of(name).releases)) and stack[-1].run != ADOPTED}
    resumed = ""
    if begun:
        name, resumed = next(iter(begun.items()))
        release = _before(state.of(name), resumed)
    elif last:
        release = run_id(max(last.values(), key=lambda entry: entry.time).run)
    else:
        raise UsageError("The state knows no release here: there is nothing to roll back.", fix=NAME_ONE, code="no-release")
    there = (name for name in sorted(names) if name in begun or release in _runs(state.of(name), last.get(name)))
    return LastRelease(tuple(there), release, resumed)


def rollback_in_progress(recorded: WorkflowRecord, run: str) -> str:
    """The run of a rollback that was cut off, or whose earlier attempt this run is; "" when there is none."""
    last = recorded.live
    if last and last.reverted_fingerprint and run and run_id(last.run) == run_id(run):
        return run_id(run)
    return next((run_id(intent.run) for intent in recorded.open_intents if intent.action == ROLLBACK), "")


def done_by(recorded: WorkflowRecord, began: str) -> bool:
    """Not while its intent to go back is open: a run may release, and roll back what it released."""
    still_open = any(intent.action == ROLLBACK and run_id(intent.run) == began for intent in recorded.open_intents)
    return bool(began and recorded.live and run_id(recorded.live.run) == began and not still_open)


def _before(recorded: WorkflowRecord, began: str) -> str:
    """The run whose release that rollback rolls back."""
    releases = recorded.releases[:-1] if done_by(recorded, began) else recorded.releases
    stack = effective_releases(releases)
    return run_id(stack[-1].run) if stack else ""


def _runs(recorded: WorkflowRecord, last: DeployRecord | None) -> set[str]:
    """Runs that made live what stands now, or were about to write when they were cut off."""
    return {run_id(intent.run) for intent in recorded.open_intents} | ({run_id(last.run)} if last else set())


def run_id(run: str) -> str:
    """A run without its attempt: GitHub's `123.2` is the second attempt of 123."""
    return run.partition(".")[0]
