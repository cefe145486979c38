"""Does the platform allow as many requests as are needed? Told before the first write, and looked at before each workflow: one that could
not be finished is not begun, and what is left is named.
"""

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

CODE = "BUDGET"  # of what was not begun
AT_MOST: Mapping[str, int] = {"import": 3, "create": 4, "update": 2, "release": 2, "delete": 2}  # requests for one workflow, nothing going wrong
REQUESTS = {"import": 1, "create": 2, "update": 2, "delete": 1}  # to write and read back; a release after an import is one more
RESUME_SECONDS = 5.0  # to go on after a reset


def requests_needed(changes: Iterable[Change]) -> dict[str, int]:
    """How many requests applying needs, by platform."""
    needed: dict[str, int] = {}
    for change in changes:
        if change.writes:
            publishes = change.release and platform_named(change.workflow.platform).capabilities.versions
            needed[change.workflow.platform] = needed.get(change.workflow.platform, 0) + REQUESTS.get(change.action, 0) + publishes
    return needed


def forecast(changes: Collection[Change], clients: Connected, clock: Clock) -> tuple[str, ...]:
    """Where fewer requests are allowed than are needed: by when it will be done, or that it will not be. One line for each budget."""
    parts: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.writes and clients.key_of(change.workflow):
            parts.setdefault(clients.payer(change.workflow), []).append(change)
    lines = (_forecast(part, clients.outlook(part[0].workflow), clock) for part in parts.values())
    return tuple(filter(None, lines))


def _forecast(changes: list[Change], outlook: QuotaStatus | None, clock: Clock) -> str:
    platform = changes[0].workflow.platform
    needed = requests_needed(changes)[platform]
    if outlook is None or needed <= outlook.allowed:
        return ""
    said = f"{platform_named(platform).title} allows {count(outlook.allowed, 'more request')} until {_at(outlook.reset)}, and {needed} are needed."
    if outlook.reset - time.time() + RESUME_SECONDS > clock.remaining:
        return f"{said} The time limit comes first: what is left by then is named, and the next run goes on with it. Or raise `timeout`."
    windows = -(-(needed - outlook.allowed) // max(1, outlook.renewed))
    end = "after that" if windows == 1 else f"after the budget was renewed {windows} times"
    return f"{said} It slows down and waits: it is done shortly {end}."


def too_little(workflow: Workflow, action: str, clients: Connected, clock: Clock, at_once: int) -> Failure | None:
    """Why this workflow is not begun: it, and those that may have been begun beside it, could not be finished. None where that is no trouble,
    or where the budget will be renewed in time."""
    outlook, platform = clients.outlook(workflow), platform_named(workflow.platform)
    together = 1 if platform.capabilities.key_is_target else at_once
    if outlook is None or outlook.allowed >= AT_MOST.get(action, 1) * together or outlook.reset - time.time() + RESUME_SECONDS <= clock.remaining:
        return None
    title, until = platform.title, _at(outlook.reset)
    message = f"{title} allows no more requests until {until}, {outlook.allowed} apart: too few to finish what would be begun. Nothing was sent."
    return Failure("BUDGET", message, f"Run it again after {until}: it goes on where this one stopped. Or raise `timeout`.")


def left(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """What was not begun for want of requests, in one line."""
    names = [outcome.change.workflow.name for outcome in outcomes if outcome.error and outcome.error.code == CODE]
    return (f"The budget of requests was used up: {count(len(names), 'workflow')} left for the next run ({', '.join(names)}).",) if names else ()


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S UTC")
