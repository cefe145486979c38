"""A report: what a run found, did and spent. One value, many renderings (`deployer.render`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deployer.model.evals import EvalSuite
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.shard import Shard


@dataclass(frozen=True, slots=True)
class Requests:
    """Spent on one platform. `remaining` is the budget left as the platform last told, None when it never did."""

    count: int = 0
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """What `doctor` found about one workflow's key and target, in one environment."""

    workflow: str
    environment: str
    platform: str
    ok: bool
    target: str
    facts: tuple[str, ...] = ()
    problem: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`outcomes` are in name order; in a plan each has `outcome` None. `problem` is what stopped the whole run (exit 2, 3).

    `notices` are lines for people that are nobody's failure. `release` tells whether a release was asked for. `shard` is which part of an
    environment this is about (`2/5`), "" for all of it; `shards` are, in a plan, the parts to deploy it in. `approved` is the plan hash that
    was given. `extra`: what a JSON report that was read back says besides, by field.
    """

    mode: str
    environment: str = ""
    commit: str = ""
    exit_code: int = 0
    plan_hash: str = ""
    release: bool = False
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    doctor: tuple[DoctorRow, ...] = ()
    notices: tuple[str, ...] = ()
    problem: Failure | None = None
    requests: dict[str, Requests] = field(default_factory=dict)
    requests_needed: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    shard: str = ""
    shards: tuple[Shard, ...] = ()
    approved: str = ""
    evals: tuple[EvalSuite, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    @property
    def changed(self) -> int:
        """How many workflows were written or released (in a plan: would be)."""
        return sum(o.change.writes and o.outcome in ("done", None) for o in self.outcomes)

    @property
    def released(self) -> int:
        """How many were made live by this run. What is live in a preview is nobody's production."""
        return sum(o.change.writes and o.change.release and o.outcome == "done" and o.live and not o.change.preview for o in self.outcomes)

    @property
    def held(self) -> int:
        return sum(o.change.action == "hold" for o in self.outcomes)

    @property
    def failed(self) -> int:
        return sum(o.outcome == "failed" for o in self.outcomes)

    @property
    def unknown(self) -> int:
        return sum(o.outcome == "unknown" for o in self.outcomes)
