"""Preview targets of a preflight: which releases get one, and how long deleting the previews may take.

Their holder is number 0, a release (`deployer.model.lease`).
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from deployer.evals.runner import ReservedClock
from deployer.http.clock import Clock
from deployer.model import lease
from deployer.model.change import Change, Remove
from deployer.model.errors import UsageError
from deployer.model.outcome import Outcome
from deployer.model.report import Requests
from deployer.pipeline.context import RunContext
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewRequest
from deployer.platforms.registry import platform_named, target_of
from deployer.previews import targets

ENVIRONMENT = "before release"  # in the name of a copy: `Onboarding (before release)`
MESSAGE = "Evaluated before a release"
STOP_GRACE_S, MIN_DELETE_S = 4.5, 0.5  # from a signal until the run is killed, and the least that is left for deleting previews
DELETE_S, DELETE_SHARE = 10.0, 0.1  # for deleting previews: seconds, or a share of the time left where that is more


class PreflightClock(ReservedClock):
    """The share of a run's time that a preflight may take."""

    def __init__(self, clock: Clock, reserve: float) -> None:
        super().__init__(clock, reserve)
        self._stopped_at: float | None = None

    @property
    def stopped(self) -> bool:
        stopped = super().stopped
        if stopped and self._stopped_at is None:
            self._stopped_at = time.monotonic()
        return stopped

    def until_killed(self) -> Clock:
        """A clock that runs although the run was stopped: previews are still deleted in the time until it is killed."""
        elapsed = time.monotonic() - self._stopped_at if self._stopped_at is not None else 0.0
        return Clock(max(MIN_DELETE_S, STOP_GRACE_S - elapsed))


def candidates(
    context: RunContext, project: Project, prepared: PreparedPlan, names: Collection[str]
) -> tuple[tuple[PreviewRequest, ...], dict[str, str]]:
    """Requests for the workflows of these names that the plan makes live and that have a preview key. By name, why the settings of one do not fit."""
    entries = {entry.name: entry for entry in project.manifest.entries} if project.manifest else {}
    requests: list[PreviewRequest] = []
    reasons: dict[str, str] = {}
    for change in prepared.plan:
        workflow, entry = change.workflow, entries.get(change.workflow.name)
        if workflow.name not in names or entry is None or not _goes_live(change):
            continue
        if keys := targets.given_keys(context, workflow, entry):
            name = target_of(workflow).given_name(prepared.policy)
            holder = lease.holder_for_release(context.event.repository, project.manifest_path, project.environment, workflow.name)
            try:
                request = targets.build_request(context, workflow, entry, keys, name, holder)
            except UsageError as error:
                request = error.message
            if isinstance(request, PreviewRequest):
                requests.append(request)
            else:
                reasons[workflow.name] = request
    return tuple(requests), reasons


def _goes_live(change: Change) -> bool:
    return change.writes and change.release and not isinstance(change, Remove) and change.workflow.source.kind == "workflow"


def delete_targets(
    context: RunContext, share: PreflightClock, requests: Sequence[PreviewRequest], outcomes: Mapping[str, Outcome]
) -> tuple[tuple[str, ...], dict[str, Requests]]:  # fmt: skip
    """Delete the previews of these requests. Notices about those that remain, and the requests it took. `outcomes`: of writing them, by name."""
    spent: dict[str, Requests] = {}
    remaining: list[Outcome] = []
    for clock in _deletion_clocks(context, share):
        timed = replace(context, clock=clock)
        connections = targets.connect(timed, (request.workflow for request in requests))
        listing = Listing(connections)
        changes = [change for request in requests for change in _deletions(listing, request, outcomes.get(request.workflow.name))]
        deleted = targets.carry_out(timed, ENVIRONMENT, changes, connections, targets.policy_for(context, ENVIRONMENT), MESSAGE)
        remaining = [outcome for outcome in deleted if outcome.outcome != "done"]
        spent = targets.add_requests(spent, connections.requests())
        if not remaining:
            break
    return tuple(_remains(outcome) for outcome in remaining), spent


def _deletion_clocks(context: RunContext, share: PreflightClock) -> Iterator[Clock]:
    """A short clock, so that a preview target that does not answer costs the deploy little; and one for a run that was stopped meanwhile."""
    left = context.clock.remaining
    if not share.stopped:
        yield ReservedClock(context.clock, max(0.0, left - max(DELETE_S, left * DELETE_SHARE)))
    if share.stopped:
        yield share.until_killed()


def _remains(outcome: Outcome) -> str:
    why = outcome.error.message.rstrip(".") if outcome.error else outcome.outcome
    return f"The preview that was evaluated before the release still exists, {outcome.change.workflow.name}: {why}. `cleanup` deletes it."


def _deletions(listing: Listing, request: PreviewRequest, outcome: Outcome | None) -> Iterator[Change]:
    """The changes that delete a preview; none where nothing was sent. Without an outcome every target of the request is tried."""
    if outcome and (outcome.outcome in ("held", "skipped") or outcome.change.action == "fail"):
        return
    yield from platform_named(request.workflow.platform).previews.remove(request, outcome, listing)
