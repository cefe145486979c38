"""A plan: every change of a run, in name order, with its hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from deployer.model import fingerprint
from deployer.model.change import Change
from deployer.model.observation import Observed

COUNTS = ("execution_count",)  # meinGPT's word of how often it ran (docs/contracts/meingpt.md, "Calls"): no change of it


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` are sorted by workflow name. `notices` are said once, for the whole plan."""

    environment: str
    changes: tuple[Change, ...]
    notices: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @property
    def writes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.writes)

    def count(self, action: str) -> int:
        return sum(change.action == action for change in self.changes)

    @property
    def hash(self) -> str:
        """64 hex digits over the environment, and each workflow's target, action, fingerprint and what was observed."""
        rows = [
            [change.workflow.name, change.target, change.action, change.release, change.fingerprint, _observation(change.observed)]
            for change in self.changes
        ]
        return hashlib.sha256(fingerprint.canonical([self.environment, rows])).hexdigest()


def _observation(observed: Observed) -> object:
    """What counts of an observation. Of a definition that has a revision, only what a list tells too: a run that reads it whole has the same plan."""
    if observed.failure or not observed.readable or not observed.exists:
        return "failed" if observed.failure else "not readable" if observed.exists else "missing"
    if observed.revision:
        return [observed.active, observed.revision]
    if observed.definition is not None:
        return fingerprint.of_definition({name: value for name, value in observed.definition.items() if name not in COUNTS})
    return [[version.version, version.published] for version in observed.versions]
