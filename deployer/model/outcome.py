"""Outcomes: the result of one change. There is exactly one per change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from deployer.model.change import ActionName, Change, Drift, DriftStatus, Hold, HoldStatus, InSync, SyncStatus
from deployer.model.failure import Failure

BUG_CODE = "BUG"  # the error code of an outcome that failed by a bug in Flowship

OutcomeCode = Literal["done", "failed", "held", "skipped", "unknown"]
PlannedStatus = Literal[
    "would_import", "would_import_and_release", "would_create", "would_update", "would_release", "would_delete", "would_adopt", "would_roll_back",
    "unchanged", "superseded", "failed_to_plan",
]  # fmt: skip
DoneStatus = Literal["imported", "created", "updated", "released", "deleted", "adopted", "rolled_back", "previewed", "not_previewed", "slot_freed"]
Status = PlannedStatus | DoneStatus | OutcomeCode | HoldStatus | SyncStatus | DriftStatus

_PLANNED: Mapping[ActionName, PlannedStatus] = {
    "import": "would_import", "create": "would_create", "update": "would_update", "release": "would_release", "delete": "would_delete",
    "adopt": "would_adopt", "unchanged": "unchanged", "superseded": "superseded", "fail": "failed_to_plan",
}  # fmt: skip
_DONE: Mapping[ActionName, DoneStatus] = {
    "import": "imported", "create": "created", "update": "updated", "release": "released", "delete": "deleted", "adopt": "adopted",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`outcome` is None in a plan, where nothing was tried. `live`: the desired content is live now, as far as known.

    `location` and `limitations`: see `deployer.model.preview`. `extra`: unknown fields of a JSON report that was read, kept as they are.
    """

    change: Change
    outcome: OutcomeCode | None
    version: str | None = None
    previous_version: str | None = None
    target: str = ""
    live: bool = False
    warning: str | None = None
    error: Failure | None = None
    seconds: float = 0.0
    location: str = ""
    limitations: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def status(self) -> Status:
        """The status code. `rolled_back` with the outcome `failed`: rolled back automatically, since its evals failed."""
        change = self.change
        if isinstance(change, InSync | Drift) or (isinstance(change, Hold) and self.outcome in (None, "held")):
            return change.status
        if self.outcome is None:
            return _planned(change)
        if self.outcome in ("failed", "unknown"):
            return "rolled_back" if self.error and self.error.code == "ROLLED_BACK" else self.outcome
        return _written(self) if change.writes else _PLANNED[change.action]


def _planned(change: Change) -> PlannedStatus:
    if change.restored:
        return "would_roll_back"
    return "would_import_and_release" if change.action == "import" and change.release else _PLANNED[change.action]


def _written(outcome: Outcome) -> Status:
    change, preview = outcome.change, outcome.change.preview
    if outcome.outcome in ("held", "skipped"):
        return "not_previewed" if preview and outcome.outcome == "held" else outcome.outcome
    if preview and preview.ended:
        return "deleted" if change.action == "delete" else "slot_freed"
    if outcome.live and (preview or change.release):
        return "previewed" if preview else "rolled_back" if change.restored else "released"
    return _DONE[change.action]
