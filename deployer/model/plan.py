"""A plan: every change of a run, in name order, with its hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from deployer.model import fingerprint
from deployer.model.change import Change
from deployer.model.observation import Observed

COUNTERS = ("execution_count",)  # how often a workflow ran: no change of its definition (docs/contracts/meingpt.md, "Calls")


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` are sorted by workflow name. `notices` are about the whole plan. `project`: see `deployer.state.base.StateOwner`."""

    environment: str
    changes: tuple[Change, ...]
    notices: tuple[str, ...] = ()
    project: str = ""

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @property
    def writes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.writes)

    def count(self, action: str) -> int:
        return sum(change.action == action for change in self.changes)

    @property
    def hash(self) -> str:
        """64 hex digits over project, environment, and each workflow's target, action, fingerprint and observation."""
        rows = [
            [change.workflow.name, change.target, change.action, change.release, change.fingerprint, _observation(change.observed)]
            for change in self.changes
        ]
        return hashlib.sha256(fingerprint.canonical([self.project, self.environment, rows])).hexdigest()


def _observation(observed: Observed) -> object:
    """The hashed part of an observation. With a revision it is what a list shows: reading the whole definition gives the same hash."""
    if observed.failure or not observed.readable or not observed.exists:
        return "failed" if observed.failure else "not readable" if observed.exists else "missing"
    if observed.revision:
        return [observed.active, observed.revision]
    if observed.definition is not None:
        return fingerprint.of_definition({name: value for name, value in observed.definition.items() if name not in COUNTERS})
    return [[version.version, version.published] for version in observed.versions]
