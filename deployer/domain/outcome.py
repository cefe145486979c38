"""An outcome: what became of one change. Always exactly one per change."""

from dataclasses import dataclass
from typing import Literal

from deployer.domain.change import Change

OutcomeName = Literal["done", "failed", "held", "skipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something failed: the platform's code (or ours), its message, and our cure. Redacted already."""

    code: str
    message: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`outcome` is None in a plan, where nothing was tried. `live`: is the wanted content live now, as far as we know."""

    change: Change
    outcome: OutcomeName | None
    version: str | None = None
    previous_version: str | None = None
    target: str = ""
    live: bool = False
    warning: str | None = None
    error: Problem | None = None
    seconds: float = 0.0
