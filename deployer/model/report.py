"""The report of a run: findings, outcomes, requests. Rendered in many formats (`deployer.render`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deployer.model.evals import EvalSuite
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.shard import Shard
from deployer.model.shown import ShownWorkflow


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests sent to one platform. `remaining`: the budget left as the platform last reported it, None when it never did."""

    count: int = 0
    remaining: int | None = None


def add_requests(first: Mapping[str, Requests], second: Mapping[str, Requests]) -> dict[str, Requests]:
    """The requests of both, by platform."""
    total = dict(first)
    for platform, added in second.items():
        known = total.get(platform, Requests())
        budgets = [budget for budget in (known.remaining, added.remaining) if budget is not None]
        total[platform] = Requests(known.count + added.count, min(budgets, default=None))
    return total


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """The result of `doctor` for one workflow in one environment. `facts`: what was observed, as lines for people."""

    workflow: str
    environment: str
    platform: str
    ok: bool
    target: str
    facts: tuple[str, ...] = ()
    problem: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`outcomes` are in name order; in a plan each has `outcome` None. `problem` stopped the whole run (exit code 2 or 3).

    `project`: whose state was used, "" for the manifest at the repository's top. `notices` are lines for people that are no failure. `release`:
    one was requested, by the `release_policy` and for the reason `release_why`, both "" in modes that plan nothing. `shard`: the part of the
    environment (`2/5`), "" for all of it; `shards`: the parts of a plan that is deployed in several.
    `approved`: the plan hash that was given. `notes`: findings of severity info are listed. `files`: how many were linted, 0 when not counted.
    `shown`: for the command `show`. `plan_shown`: a person at the terminal saw what changes, and approved it. `extra`: unknown fields of a JSON
    report that was read.
    """

    mode: str
    environment: str = ""
    commit: str = ""
    exit_code: int = 0
    plan_hash: str = ""
    release: bool = False
    release_policy: str = ""
    release_why: str = ""
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
    project: str = ""
    notes: bool = False
    files: int = 0
    shown: tuple[ShownWorkflow, ...] = ()
    plan_shown: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def ok(self) -> bool:
        return self.exit_code in (0, 5)  # 5: a plan with something to do

    @property
    def changed(self) -> int:
        """How many workflows were written or released (in a plan: would be)."""
        return sum(outcome.change.writes and outcome.outcome in ("done", None) for outcome in self.outcomes)

    @property
    def released(self) -> int:
        """How many were made live by this run. Previews do not count."""
        return sum(
            outcome.change.writes and outcome.change.release and outcome.outcome == "done" and outcome.live and not outcome.change.preview
            for outcome in self.outcomes
        )

    @property
    def held(self) -> int:
        return sum(outcome.change.action == "hold" for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        return sum(outcome.outcome == "failed" for outcome in self.outcomes)

    @property
    def unknown(self) -> int:
        return sum(outcome.outcome == "unknown" for outcome in self.outcomes)
