"""Taking previews away: what there is behind the preview keys, and what to do about those of closed pull requests.

Nothing of a pull request's own files is read: which previews there are is told by the targets, what is put in their place comes from the
base branch.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.formats import files
from deployer.http.executor import BoundedExecutor
from deployer.manifest.model import WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model import lease
from deployer.model.change import Change, Fail, FreeSlot
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.lease import RELEASE, LeaseHolder
from deployer.model.observation import Observed, failed
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.preview import Preview, environment_of
from deployer.model.report import Requests
from deployer.model.workflow import Kind, Source, Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.platforms.connections import Connections
from deployer.platforms.in_place import copies
from deployer.platforms.listing import Listing
from deployer.platforms.previews import FoundPreviews
from deployer.platforms.registry import platform_named
from deployer.previews import guards as targets
from deployer.state.base import EnvironmentState

EVERY = "previews"  # the environment of a report about the previews of all pull requests
MESSAGE = "Preview given back"
RELEASES_MS = 3_600_000  # a release that is still checking has its preview for minutes; what is older was left by one that was killed
NO_FILE = "Put the file back on the base branch, or take its key out of `preview:` and make another Workflow."


class TeardownResult(NamedTuple):
    """What was deleted, what to tell, and what was spent."""

    outcomes: tuple[Outcome, ...] = ()
    notices: tuple[str, ...] = ()
    requests: Mapping[str, Requests] = {}


class PreviewTarget(NamedTuple):
    """Behind one preview key: `entry` is the workflow whose settings name it."""

    entry: WorkflowEntry
    workflow: Workflow


class FoundPreview(NamedTuple):
    """What was found behind one key: previews of this repository."""

    place: PreviewTarget
    previews: FoundPreviews

    @property
    def numbers(self) -> set[int]:
        holders = [holder for holder, _ in self.previews.copies] + ([self.previews.holder] if self.previews.holder else [])
        return {holder.number for holder in holders}


def delete_previews(context: RunContext, base: BaseBranch, over: targets.Over) -> TeardownResult:
    """The previews of those pull requests of which `over` says that they are closed; it is asked once what is there is known."""
    if base.manifest is None:
        return TeardownResult(notices=(f"No preview was looked for: {base.why}.",))
    targets.refuse_deploy_keys(context, (base.manifest,))
    places, missing = _places(context, base.manifest.entries)
    clients = targets.clients_for(context, (place.workflow for place in places))
    there = _look(context, clients, places)
    numbers = over(frozenset(number for each in there for number in each.numbers))
    changes = _named_apart(change for each in there for change in _changes(context, base, each, numbers))
    guarded = ((change.workflow, change.target) for change in changes if isinstance(change, FreeSlot))
    targets.refuse_deploy_targets(context, base, clients, guarded)
    environment = environment_of(min(numbers)) if len(numbers) == 1 and RELEASE not in numbers else EVERY
    outcomes = targets.carried_out(context, environment, changes, clients, Policy(environment=environment, release=True), MESSAGE)
    return TeardownResult(outcomes, missing, clients.requests())


def _places(context: RunContext, entries: Iterable[WorkflowEntry]) -> tuple[tuple[PreviewTarget, ...], tuple[str, ...]]:
    """Each preview key once, and a line about those that were not given."""
    found: dict[tuple[str, str], PreviewTarget] = {}
    for entry in entries:
        for key in entry.preview_keys:
            if entry.platform is None:
                continue
            kind: Kind = "agent" if entry.source.lower().endswith(".bot") else "workflow"
            source = Source(entry.source, entry.platform, kind, b"", None)
            found.setdefault((source.platform, key), PreviewTarget(entry, Workflow(entry.name, source, key, entry.endpoint)))
    given = tuple(place for place in found.values() if targets.key_of(context, place.workflow))
    missing = [place.workflow.key for place in found.values() if place not in given]
    return given, (f"Not looked at, since no key was given for it: {', '.join(missing)}.",) if missing else ()


def _look(context: RunContext, clients: Connections, places: Sequence[PreviewTarget]) -> list[FoundPreview]:
    """What is behind every key. One that cannot be read does not keep the others."""
    repository = lease.of_repository(context.event.repository)
    observer, listing = Observer(clients, EnvironmentState(), Policy(environment=EVERY)), Listing(clients)

    def is_ours(holder: LeaseHolder, since_ms: int | None) -> bool:
        return holder.repository == repository and _is_over(holder, since_ms)

    def one(place: PreviewTarget) -> FoundPreview:
        try:
            strategy = platform_named(place.workflow.platform).previews
            return FoundPreview(place, strategy.find(place.workflow, observer.one, listing, is_ours))
        except FlowshipError as error:
            return FoundPreview(place, FoundPreviews(observed=failed(error.code, error.message, error.fix)))

    results = BoundedExecutor(one, context.clock, context.settings.limits.concurrency).run(places)
    unread = FoundPreviews(observed=OUT_OF_TIME)
    return [result if isinstance(result, FoundPreview) else FoundPreview(places[index], unread) for index, result in results]


def _is_over(who: LeaseHolder, since_ms: int | None) -> bool:
    """May it be deleted, as far as its age tells? A release may be checking right now. What is as old as nobody knows stays."""
    return who.number != RELEASE or (since_ms is not None and since_ms < time.time() * 1000 - RELEASES_MS)


def _changes(context: RunContext, base: BaseBranch, there: FoundPreview, over: frozenset[int]) -> Iterator[Change]:
    """What to delete of what was found behind one key."""
    place, previews, observed = there.place, there.previews, there.previews.observed
    for holder, copy in previews.copies:
        if holder.number in over:
            found = Observed(id=copy.id, active=copy.status == "active")
            yield copies.delete(place.workflow, copy.name, found, Preview(holder.number, str(holder)), _why(holder))
    if observed and (failure := observed.failure):
        named = place.workflow._replace(name=f"{place.entry.name} ({place.workflow.key})")
        yield Fail(workflow=named, observed=observed, code=failure.code, message=failure.message, fix=failure.fix)
    elif observed and previews.holder and previews.holder.number in over:
        yield _free_slot(context, base, there, observed, previews.holder)


def _why(who: LeaseHolder) -> str:
    return "its pull request is closed" if who.number else "a release that was cut off left it"


def _free_slot(context: RunContext, base: BaseBranch, there: FoundPreview, seen: Observed, who: LeaseHolder) -> Change:
    """The base branch's file goes in, as a preview of it would."""
    entry = _entry_of(context, base, there.place.entry, who)
    whose = f"preview #{who.number}" if who.number else "before release"
    workflow = there.place.workflow._replace(name=f"{entry.name} ({whose})")
    preview = Preview(who.number, who.free, ended=True)
    source = _source(context, base, entry)
    if source is None:
        message = f"{entry.source} is not on the base branch, so there is nothing to free the slot with."
        return Fail(workflow=workflow, observed=seen, target=seen.id, preview=preview, code="NO_BASE_FILE", message=message, fix=NO_FILE)
    live = seen.live.version if seen.live else None
    return FreeSlot(
        workflow=workflow._replace(source=source), observed=seen, target=seen.id, previous_version=live, release=True, preview=preview
    )  # fmt: skip


def _entry_of(context: RunContext, base: BaseBranch, named: WorkflowEntry, who: LeaseHolder) -> WorkflowEntry:
    """The workflow that was previewed there, where a pool serves several; else the first that names the key."""
    entries = base.manifest.entries if base.manifest else ()
    return next((each for each in entries if who in _holders(context, base, each, who.number)), named)


def _holders(context: RunContext, base: BaseBranch, entry: WorkflowEntry, number: int) -> list[LeaseHolder]:
    repository, path = context.event.repository, base.manifest.path if base.manifest else ""
    if number:
        return [lease.holder(number, repository, path, entry.name)]
    environments = base.manifest.environments if base.manifest else ()
    return [lease.holder_for_release(repository, path, environment, entry.name) for environment in environments]


def _source(context: RunContext, base: BaseBranch, entry: WorkflowEntry) -> Source | None:
    """What is laid over a preview is laid over this too, as far as it fits."""
    content = base.content(entry.source)
    source, _ = files.parse(entry.source, content, platform=entry.platform) if content is not None else (None, ())
    if source is None:
        return None
    try:
        laid, misfits = lay_over(source, {**entry.set, **entry.preview_set}, context.settings.selection.values)
    except UsageError:
        return source
    return source if misfits or not {**entry.set, **entry.preview_set} else laid


def _named_apart(changes: Iterable[Change]) -> list[Change]:
    """Every line of a report has a name of its own."""
    taken: set[str] = set()
    apart = []
    for change in changes:
        name, number = change.workflow.name, 2
        while name in taken:
            name, number = f"{change.workflow.name} ({number})", number + 1
        taken.add(name)
        apart.append(replace(change, workflow=change.workflow._replace(name=name)))
    return apart
