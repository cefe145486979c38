"""What is about to go live, on the preview target first: which workflows, in which Workflow of a pool or under which copy, and taking them away.

A lease or a copy here belongs to number 0, a release (`deployer.model.lease`).
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from deployer.evals.runner import ReservedClock
from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor
from deployer.manifest.model import WorkflowEntry
from deployer.manifest.overlay import overlay
from deployer.model import lease
from deployer.model.change import Change, FreeSlot, Remove
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.lease import RELEASE
from deployer.model.observation import LiveDefinition, NotListable, Observation, ReadFailed, VersionHistory
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.report import Requests
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.gptbots import slots as preview_gptbots
from deployer.platforms.gptbots.slots import PoolExhausted, PreviewSlot
from deployer.platforms.meingpt import copies as preview_meingpt
from deployer.platforms.meingpt.list_cache import ListCache
from deployer.platforms.meingpt.payload import given_name
from deployer.previews import guards as targets
from deployer.previews.plan import PreviewDecision, PreviewRequest, cannot, copies
from deployer.state.base import EnvironmentState

WHERE = "before release"  # in the name of a copy: `Onboarding (before release)`
OURS = "other workflows of this run had the whole pool"
MESSAGE = "Checked before a release"
BY_KILL, LEAST = 4.5, 0.5  # seconds from a signal until a run has to be over, and to take previews away in at least
AWAY, AWAY_PART = 10.0, 0.1  # seconds, or the part of what is left where that is more, in which to take previews away
Place = tuple[str, str]
"""A key of a pool, and the data centre."""


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
    source, misfits = overlay(workflow.source, entry.preview_set, context.settings.values) if entry.preview_set else (workflow.source, ())
    if misfits:
        raise UsageError(f"`preview.set` does not fit: {misfits[0].message}")
    who = lease.holder_for_release(context.event.repository, project.manifest_path, project.environment, workflow.name)
    yield PreviewRequest(named[0]._replace(key=keys[0], source=source), given_name(workflow, prepared.policy), keys, workflow.source, who)


def look(context: RunContext, clients: Connections, wanted: Sequence[PreviewRequest]) -> dict[str, PreviewDecision]:
    """By name, what to do about each. Every target is read once, and no two get one."""
    seen, used = _pools(context, clients, wanted), set[Place]()
    looked = {each.workflow.name: _in_pool(each, seen, used) for each in wanted if each.workflow.platform == "gptbots"}
    return looked | _copies(context, clients, [each for each in wanted if each.workflow.platform == "meingpt"])


def places(each: PreviewRequest) -> set[Place]:
    return {(key, each.workflow.endpoint) for key in each.keys} if each.workflow.platform == "gptbots" else set()


def _pools(context: RunContext, clients: Connections, wanted: Iterable[PreviewRequest]) -> dict[Place, Observation]:
    there = {place: each.workflow._replace(key=place[0]) for each in wanted for place in sorted(places(each))}
    observer, keys = Observer(clients, EnvironmentState(), policy(context)), list(there)
    results = BoundedExecutor(observer.one, context.clock, context.settings.concurrency).run(list(there.values()))
    return {keys[number]: found if isinstance(found, Observation) else OUT_OF_TIME for number, found in results}


def _in_pool(each: PreviewRequest, seen: Mapping[Place, Observation], used: set[Place]) -> PreviewDecision:
    """`used`: what this run gave to other workflows already."""
    endpoint = each.workflow.endpoint
    slots = [PreviewSlot(each.workflow._replace(key=key), seen[key, endpoint]) for key in each.keys if (key, endpoint) not in used]
    if not slots:
        return PreviewDecision((), PoolExhausted(OURS))
    preview = Preview(RELEASE, str(each.holder), limitations=preview_gptbots.dropped(each.file, each.workflow.source))
    found = tuple((slot.workflow, slot.observed.target_id) for slot in slots if isinstance(slot.observed, VersionHistory | NotListable))
    decided = preview_gptbots.decide(slots, each.holder, preview)
    if isinstance(decided, PoolExhausted):
        return PreviewDecision((), decided, found)
    used.add((decided.workflow.key, endpoint))
    return PreviewDecision((decided,), None, found)


def _copies(context: RunContext, clients: Connections, wanted: Sequence[PreviewRequest]) -> dict[str, PreviewDecision]:
    directory, release = ListCache(clients), policy(context)

    def one(each: PreviewRequest) -> PreviewDecision:
        try:
            return copies(clients, directory, each, release)
        except FlowshipError as error:
            return cannot(each, ReadFailed(error.code, error.message, error.fix))

    results = BoundedExecutor(one, context.clock, context.settings.concurrency).run(wanted)
    return {
        wanted[place].workflow.name: found if isinstance(found, PreviewDecision) else cannot(wanted[place], OUT_OF_TIME) for place, found in results
    }


def delete_targets(
    context: RunContext, share: PreflightClock, wanted: Sequence[PreviewRequest], outcomes: Mapping[str, Outcome]
) -> tuple[tuple[str, ...], dict[str, Requests]]:  # fmt: skip
    """Whatever came of it. Tells what is still there, and what was spent. `outcomes`: by name, what became of putting it there."""
    spent: dict[str, Requests] = {}
    left: list[Outcome] = []
    for clock in _clocks(context, share):
        around = replace(context, clock=clock)
        clients = targets.clients_for(around, (each.workflow for each in wanted))
        directory = ListCache(clients)
        changes = [change for each in wanted for change in _end(directory, each, outcomes.get(each.workflow.name))]
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


def _end(directory: ListCache, each: PreviewRequest, outcome: Outcome | None) -> Iterator[Change]:
    """Nothing where nothing was sent. Without an outcome nobody knows, so that it is looked everywhere."""
    if outcome and (outcome.outcome in ("held", "skipped") or outcome.change.action == "fail"):
        return
    if each.workflow.platform == "meingpt":
        yield from _deleted(directory, each, outcome.target if outcome else "")
        return
    for key in [outcome.location or outcome.change.workflow.key] if outcome and outcome.outcome == "done" else each.keys:
        workflow = each.workflow._replace(name=f"{each.workflow.name} ({key})", key=key)
        yield FreeSlot(workflow=workflow, observed=VersionHistory(), release=True, preview=Preview(RELEASE, each.holder.free, ended=True))


def _deleted(directory: ListCache, each: PreviewRequest, known: str) -> Iterator[Change]:
    """Its copies by the list, which shows those too whose making nobody was told of."""
    try:
        ids = {copy.id for copy in preview_meingpt.copies_of(directory.all(each.workflow), each.holder)}
    except FlowshipError:
        ids = set()
    for id_ in sorted(ids | {known} - {""}):
        name, preview = f"{each.workflow.name} ({id_})", Preview(RELEASE, str(each.holder))
        yield preview_meingpt.delete(name, each.workflow.key, LiveDefinition(id_, {"status": "active"}), preview, "it was checked")
