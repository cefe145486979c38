"""An outcome: what became of one change. Always exactly one per change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from deployer.model.change import Change

BUG = "BUG"  # the code of an outcome that a mistake of ours made

OutcomeName = Literal["done", "failed", "held", "skipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something failed: the platform's code (or ours), its message, and our cure. Redacted already."""

    code: str
    message: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`outcome` is None in a plan, where nothing was tried. `live`: is the wanted content live now, as far as we know.

    `place` and `reduced` are a preview's: where it is now, and why it is less than the workflow (`deployer.model.preview`).
    `extra`: what a JSON report that was read back says besides, by field: carried on as it is.
    """

    change: Change
    outcome: OutcomeName | None
    version: str | None = None
    previous_version: str | None = None
    target: str = ""
    live: bool = False
    warning: str | None = None
    error: Problem | None = None
    seconds: float = 0.0
    place: str = ""
    reduced: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
