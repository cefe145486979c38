"""What is about to go live, on the preview target first: which workflows, in which Workflow of a pool or under which copy, and taking them away.

A lease or a copy here belongs to number 0, a release (`deployer.model.lease`).
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from deployer.evals.runner import ReservedClock
from deployer.http.clock import Clock
from deployer.manifest.model import WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model import lease
from deployer.model.change import Change, Remove
from deployer.model.errors import UsageError
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.report import Requests
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewRequest
from deployer.platforms.registry import platform_named, target_of
from deployer.previews import guards as targets

WHERE = "before release"  # in the name of a copy: `Onboarding (before release)`
MESSAGE = "Checked before a release"
BY_KILL, LEAST = 4.5, 0.5  # seconds from a signal until a run has to be over, and to take previews away in at least
AWAY, AWAY_PART = 10.0, 0.1  # seconds, or the part of what is left where that is more, in which to take previews away


class PreflightClock(ReservedClock):
    """The part of a run's time that these evals may take."""

    def __init__(self, clock: Clock, reserve: float) -> None:
        super().__init__(clock, reserve)
        self._since: float | None = None

    @property
    def stopped(self) -> bool:
        stopped = super().stopped
        if stopped and self._since is None:
            self._since = time.monotonic()
        return stopped

    def for_the_rest(self) -> Clock:
        """Runs although the run was told to stop: what is on a preview target is still deleted, as far as there is time for it."""
        gone = time.monotonic() - self._since if self._since is not None else 0.0
        return Clock(max(LEAST, BY_KILL - gone))


def policy(context: RunContext) -> Policy:
    """As for a pull request's preview: released at once, whatever is there."""
    return Policy(environment=WHERE, is_default_environment=False, release=True, force=True, on_drift="overwrite", commit=context.commit.sha)


def candidates(
    context: RunContext, project: Project, prepared: PreparedPlan, names: Collection[str]
) -> tuple[tuple[PreviewRequest, ...], dict[str, str]]:
    """Of the workflows of these names, those that this plan makes live and that have somewhere to be tried; and, by name, why one has not
    although its settings say so."""
    entries = {entry.name: entry for entry in project.manifest.entries} if project.manifest else {}
    found: list[PreviewRequest] = []
    why: dict[str, str] = {}
    for change in prepared.plan:
        name = change.workflow.name
        if name in names and name in entries and _goes_live(change):
            try:
                found += _candidate(context, project, prepared, change.workflow, entries[name])
            except UsageError as error:
                why[name] = error.message
    return tuple(found), why


def _goes_live(change: Change) -> bool:
    return change.writes and change.release and not isinstance(change, Remove) and change.workflow.source.kind == "workflow"


def _candidate(context: RunContext, project: Project, prepared: PreparedPlan, workflow: Workflow, entry: WorkflowEntry) -> Iterator[PreviewRequest]:
    """Nothing where there are no preview settings, or no key for them. Raises UsageError where `preview.set` cannot be laid over."""
    named = [workflow._replace(key=key, id="") for key in entry.preview_keys]
    keys = tuple(each.key for each in named if targets.key_of(context, each))
    if not keys:
        return
    source, misfits = lay_over(workflow.source, entry.preview_set, context.settings.selection.values) if entry.preview_set else (workflow.source, ())
    if misfits:
        raise UsageError(f"`preview.set` does not fit: {misfits[0].message}")
    who = lease.holder_for_release(context.event.repository, project.manifest_path, project.environment, workflow.name)
    yield PreviewRequest(named[0]._replace(key=keys[0], source=source), target_of(workflow).given_name(prepared.policy), keys, workflow.source, who)


def delete_targets(
    context: RunContext, share: PreflightClock, wanted: Sequence[PreviewRequest], outcomes: Mapping[str, Outcome]
) -> tuple[tuple[str, ...], dict[str, Requests]]:  # fmt: skip
    """Whatever came of it. Tells what is still there, and what was spent. `outcomes`: by name, what became of putting it there."""
    spent: dict[str, Requests] = {}
    left: list[Outcome] = []
    for clock in _clocks(context, share):
        around = replace(context, clock=clock)
        clients = targets.clients_for(around, (each.workflow for each in wanted))
        listing = Listing(clients)
        changes = [change for each in wanted for change in _end(listing, each, outcomes.get(each.workflow.name))]
        ended = targets.carried_out(around, WHERE, changes, clients, policy(context), MESSAGE)
        left = [outcome for outcome in ended if outcome.outcome != "done"]
        spent = targets.summed(spent, clients.requests())
        if not left:
            break
    return tuple(_still_there(outcome) for outcome in left), spent


def _clocks(context: RunContext, share: PreflightClock) -> Iterator[Clock]:
    """So that a preview target that does not answer costs the deploy little; and once more, where the run was told to stop meanwhile."""
    left = context.clock.remaining
    if not share.stopped:
        yield ReservedClock(context.clock, max(0.0, left - max(AWAY, left * AWAY_PART)))
    if share.stopped:
        yield share.for_the_rest()


def _still_there(outcome: Outcome) -> str:
    why = outcome.error.message.rstrip(".") if outcome.error else outcome.outcome
    return f"What was checked before the release is still on the preview target, {outcome.change.workflow.name}: {why}. A clean-up takes it away."


def _end(listing: Listing, request: PreviewRequest, outcome: Outcome | None) -> Iterator[Change]:
    """Nothing where nothing was sent. Without an outcome it is unknown what was sent, so it is looked for everywhere."""
    if outcome and (outcome.outcome in ("held", "skipped") or outcome.change.action == "fail"):
        return
    yield from platform_named(request.workflow.platform).previews.remove(request, outcome, listing)
