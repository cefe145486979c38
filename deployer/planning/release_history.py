"""What was released, as the ledger tells it: what stands, which release was the last one, and whose it was. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model.errors import UsageError
from deployer.model.fingerprint import same
from deployer.state.base import ADOPTED, ROLLBACK, Entry, Recorded, State

NAME_ONE = "Name where to go back to with `to`, and the workflow with `only`."


class Touched(NamedTuple):
    """The workflows that a release made live or was about to, by name, the run it was, and the run of the rollback that is gone on with."""

    names: tuple[str, ...]
    run: str
    resumed: str = ""


def standing(releases: Sequence[Entry]) -> tuple[Entry, ...]:
    """What was live, oldest first, without what was taken back: the last one is live now, the one before it is what to go back to."""
    stack: list[Entry] = []
    for entry in releases:
        if not entry.took_back:
            stack.append(entry)
            continue
        while stack and same(stack[-1].fingerprint, entry.took_back):
            stack.pop()
        place = next((place for place in reversed(range(len(stack))) if same(stack[place].fingerprint, entry.fingerprint)), None)
        # It keeps the run that first released it: whose release comes next to be taken back is asked by run and time.
        stack = [*stack, entry] if place is None else [*stack[:place], replace(entry, run=stack[place].run, time=stack[place].time, took_back="")]
    return tuple(stack)


def touched(state: State, names: Sequence[str], run: str) -> Touched:
    """The last release of these workflows. A rollback that was cut off, or that an earlier attempt of this run began, is gone on with.
    Raises UsageError when no release is known.
    """
    begun = {name: began for name in sorted(names) if (began := begun_by(state.of(name), run))}
    last = {name: stack[-1] for name in names if (stack := standing(state.of(name).releases)) and stack[-1].run != ADOPTED}
    resumed = ""
    if begun:
        name, resumed = next(iter(begun.items()))
        release = _before(state.of(name), resumed)
    elif last:
        release = base(max(last.values(), key=lambda entry: entry.time).run)
    else:
        raise UsageError("The ledger knows no release here: there is nothing to take back.", cure=NAME_ONE, code="no-release")
    there = (name for name in sorted(names) if name in begun or release in _runs(state.of(name), last.get(name)))
    return Touched(tuple(there), release, resumed)


def begun_by(recorded: Recorded, run: str) -> str:
    """The run of a rollback that was cut off, or whose earlier attempt this run is; "" when there is none."""
    last = recorded.live
    if last and last.took_back and run and base(last.run) == base(run):
        return base(run)
    return next((base(intent.run) for intent in recorded.open_intents if intent.action == ROLLBACK), "")


def done_by(recorded: Recorded, began: str) -> bool:
    """Not while its intent to go back is open: a run may release, and take back what it released."""
    still_open = any(intent.action == ROLLBACK and base(intent.run) == began for intent in recorded.open_intents)
    return bool(began and recorded.live and base(recorded.live.run) == began and not still_open)


def _before(recorded: Recorded, began: str) -> str:
    """The run whose release that rollback takes back."""
    releases = recorded.releases[:-1] if done_by(recorded, began) else recorded.releases
    stack = standing(releases)
    return base(stack[-1].run) if stack else ""


def _runs(recorded: Recorded, last: Entry | None) -> set[str]:
    """Runs that made live what stands now, or were about to write when they were cut off."""
    return {base(intent.run) for intent in recorded.open_intents} | ({base(last.run)} if last else set())


def base(run: str) -> str:
    """A run without its attempt: GitHub's `123.2` is the second attempt of 123."""
    return run.partition(".")[0]
