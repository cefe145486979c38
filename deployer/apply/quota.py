"""Request budgets: a forecast before the first write, and a check before each workflow, so that none is begun that could not be finished."""

import time
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from deployer.http.clock import Clock
from deployer.http.quota import QuotaStatus
from deployer.model.change import Change
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.text import count
from deployer.model.workflow import Workflow
from deployer.platforms.base import Connected
from deployer.platforms.registry import platform_named

CODE = "BUDGET"  # of a workflow that was not begun
MAX_REQUESTS: Mapping[str, int] = {"import": 3, "create": 4, "update": 2, "release": 2, "delete": 2}  # requests for one workflow, nothing going wrong
REQUESTS = {"import": 1, "create": 2, "update": 2, "delete": 1}  # to write and read back; a release after an import is one more
RESUME_S = 5.0  # to go on after a reset


def requests_needed(changes: Iterable[Change]) -> dict[str, int]:
    """How many requests applying needs, by platform."""
    needed: dict[str, int] = {}
    for change in changes:
        if change.writes:
            publishes = change.release and platform_named(change.workflow.platform).capabilities.versions
            needed[change.workflow.platform] = needed.get(change.workflow.platform, 0) + REQUESTS.get(change.action, 0) + publishes
    return needed


def forecast(changes: Collection[Change], connections: Connected, clock: Clock) -> tuple[str, ...]:
    """A line for each budget that allows fewer requests than are needed: when the run will be done, or that it will not be."""
    budgets: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.writes and connections.key_of(change.workflow):
            budgets.setdefault(connections.payer(change.workflow), []).append(change)
    lines = (_forecast(budget, connections.outlook(budget[0].workflow), clock) for budget in budgets.values())
    return tuple(filter(None, lines))


def _forecast(changes: list[Change], status: QuotaStatus | None, clock: Clock) -> str:
    platform = changes[0].workflow.platform
    needed = requests_needed(changes)[platform]
    if status is None or needed <= status.allowed:
        return ""
    shortage = f"{platform_named(platform).title} allows {count(status.allowed, 'more request')} until {_at(status.reset)}, and {needed} are needed."
    if status.reset - time.time() + RESUME_S > clock.remaining:
        return f"{shortage} The time limit comes first: what is left by then is named, and the next run goes on with it. Or raise `timeout`."
    windows = -(-(needed - status.allowed) // max(1, status.renewed))
    end = "after that" if windows == 1 else f"after the budget was renewed {windows} times"
    return f"{shortage} It slows down and waits: it is done shortly {end}."


def find_shortage(workflow: Workflow, action: str, connections: Connected, clock: Clock, at_once: int) -> Failure | None:
    """Why this workflow is not begun: the budget does not suffice to finish it and those that may run beside it. None where it does, or where
    it is renewed in time."""
    status, platform = connections.outlook(workflow), platform_named(workflow.platform)
    together = 1 if platform.capabilities.key_is_target else at_once
    if status is None or status.allowed >= MAX_REQUESTS.get(action, 1) * together or status.reset - time.time() + RESUME_S <= clock.remaining:
        return None
    title, until = platform.title, _at(status.reset)
    message = f"{title} allows no more requests until {until}, {status.allowed} apart: too few to finish what would be begun. Nothing was sent."
    return Failure("BUDGET", message, f"Run it again after {until}: it goes on where this one stopped. Or raise `timeout`.")


def unfinished_notice(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """A line that names the workflows that were not begun for lack of requests; empty when there are none."""
    names = [outcome.change.workflow.name for outcome in outcomes if outcome.error and outcome.error.code == CODE]
    return (f"The budget of requests was used up: {count(len(names), 'workflow')} left for the next run ({', '.join(names)}).",) if names else ()


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S UTC")
