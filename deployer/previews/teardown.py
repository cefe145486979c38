"""Deleting previews of closed pull requests, and those that killed releases left.

No file of a pull request is read: the targets record which previews exist, and slots are freed with the base branch's files.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.formats import files, known_formats
from deployer.http.executor import BoundedExecutor
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model.change import Change, Fail, FreeSlot
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.lease import RELEASE, LeaseHolder
from deployer.model.observation import Observed, failed
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.preview import Preview, environment_of
from deployer.model.report import Requests
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.platforms.connections import Connections
from deployer.platforms.in_place import copies
from deployer.platforms.listing import Listing
from deployer.platforms.previews import FoundPreviews
from deployer.platforms.registry import platform_named
from deployer.previews import guards, targets
from deployer.previews.holders import holders, holders_for_release, repositories
from deployer.state.base import EnvironmentState

ALL_PREVIEWS = "previews"  # the environment of a report about the previews of all pull requests
MESSAGE = "Preview slot freed"
MAX_RELEASE_AGE_MS = 3_600_000  # the evals of a release take minutes; an older preview was left by a run that was killed
CLOSED, CUT_OFF = "its pull request is closed", "a release that was cut off left it"
IN_SUBMODULE = "Run `cleanup` on a schedule, with `submodules: true` in its checkout step: it frees the slot with the default branch's file."
NO_FILE = "Put the file back on the base branch, or take its key out of `preview:` and make another Workflow."
FindClosed = Callable[[frozenset[int]], frozenset[int]]
"""Which of these pull requests are closed, so that their previews are deleted."""


class TeardownResult(NamedTuple):
    """What was deleted, notices, and the requests it took."""

    outcomes: tuple[Outcome, ...] = ()
    notices: tuple[str, ...] = ()
    requests: Mapping[str, Requests] = {}


class PreviewTarget(NamedTuple):
    """The target of one preview key; `entry` names the key in its settings."""

    entry: WorkflowEntry
    workflow: Workflow


class TargetPreviews(NamedTuple):
    """The previews of this repository on one target."""

    target: PreviewTarget
    previews: FoundPreviews

    @property
    def holders(self) -> list[LeaseHolder]:
        return [holder for holder, _ in self.previews.copies] + ([self.previews.holder] if self.previews.holder else [])


def delete_previews(
    context: RunContext, base: BaseBranch, find_closed: FindClosed, names: Collection[str] | None = None, why: str = CLOSED
) -> TeardownResult:
    """Delete the previews of closed pull requests, of all workflows or of those in `names`. `find_closed` is called after the previews were
    listed. `why`: what the report says of a copy that is deleted."""
    if base.manifest is None:
        return TeardownResult(notices=(f"No preview was looked for: {base.why}.",))
    guards.refuse_deploy_keys(context, (base.manifest,))
    known, notices = _targets(context, _named(base, names))
    connections = targets.connect(context, (target.workflow for target in known))
    existing = [_of_workflows(context, base, previews, names) for previews in _find_previews(context, connections, known)]
    numbers = find_closed(frozenset(holder.number for previews in existing for holder in previews.holders))
    changes = _with_unique_names(change for previews in existing for change in _deletions(context, base, previews, numbers, why))
    freed = ((change.workflow, change.target) for change in changes if isinstance(change, FreeSlot))
    guards.refuse_deploy_targets(context, base, connections, freed)
    environment = environment_of(min(numbers)) if len(numbers) == 1 and RELEASE not in numbers else ALL_PREVIEWS
    outcomes = targets.carry_out(context, environment, changes, connections, Policy(environment=environment, release=True), MESSAGE)
    return TeardownResult(outcomes, notices, connections.requests())


def find_previewed(context: RunContext, base: BaseBranch, number: int, names: Collection[str]) -> frozenset[str]:
    """Those of these workflows that have a preview of that pull request, as far as the targets behind the given keys can be read."""
    known, _ = _targets(context, _named(base, names))
    existing = _find_previews(context, targets.connect(context, (target.workflow for target in known)), known)
    holders = {holder for previews in existing for holder in previews.holders}
    manifest = base.manifest
    if manifest is None:
        return frozenset()
    return frozenset(entry.name for entry in _named(base, names) if holders.intersection(_holders(context, manifest, entry, number)))


def _named(base: BaseBranch, names: Collection[str] | None) -> tuple[WorkflowEntry, ...]:
    """The entries of the base branch, or those with these names."""
    return tuple(entry for entry in (base.manifest.entries if base.manifest else ()) if names is None or entry.name in names)


def _of_workflows(context: RunContext, base: BaseBranch, existing: TargetPreviews, names: Collection[str] | None) -> TargetPreviews:
    """The previews of these workflows alone: others may have theirs behind the same key."""
    manifest = base.manifest
    if names is None or manifest is None:
        return existing
    previews, entries = existing.previews, _named(base, names)

    def is_of_them(holder: LeaseHolder) -> bool:
        return any(holder in _holders(context, manifest, entry, holder.number) for entry in entries)

    kept = tuple((holder, copy) for holder, copy in previews.copies if is_of_them(holder))
    holder = previews.holder if previews.holder and is_of_them(previews.holder) else None
    return existing._replace(previews=previews._replace(copies=kept, holder=holder))


def _targets(context: RunContext, entries: Iterable[WorkflowEntry]) -> tuple[tuple[PreviewTarget, ...], tuple[str, ...]]:
    """The target of every preview key, and a notice about keys that were not given."""
    by_key: dict[tuple[str, str], PreviewTarget] = {}
    for entry in entries:
        for key in entry.preview_keys:
            known = known_formats.format_of(entry.platform)
            if known is None:
                continue
            source = Source(entry.source, known.platform, known.kind_of(entry.source), b"", None)
            by_key.setdefault((source.platform, key), PreviewTarget(entry, Workflow(entry.name, source, key, entry.endpoint)))
    given = tuple(target for target in by_key.values() if targets.find_key(context, target.workflow))
    missing = [target.workflow.key for target in by_key.values() if target not in given]
    return given, (f"Not looked at, since no key was given for it: {', '.join(missing)}.",) if missing else ()


def _find_previews(context: RunContext, connections: Connections, known: Sequence[PreviewTarget]) -> list[TargetPreviews]:
    """The previews on every target; a target that cannot be read fails alone."""
    ours = repositories(context)
    observer, listing = Observer(connections, EnvironmentState(), Policy(environment=ALL_PREVIEWS)), Listing(connections)

    def is_ours(holder: LeaseHolder, since_ms: int | None) -> bool:
        return holder.repository in ours and _may_be_deleted(holder, since_ms)

    def find(target: PreviewTarget) -> TargetPreviews:
        try:
            strategy = platform_named(target.workflow.platform).previews
            return TargetPreviews(target, strategy.find(target.workflow, observer.one, listing, is_ours))
        except FlowshipError as error:
            return TargetPreviews(target, FoundPreviews(observed=failed(error.code, error.message, error.fix)))

    results = BoundedExecutor(find, context.clock, context.settings.limits.concurrency).run(known)
    unread = FoundPreviews(observed=OUT_OF_TIME)
    return [result if isinstance(result, TargetPreviews) else TargetPreviews(known[index], unread) for index, result in results]


def _may_be_deleted(holder: LeaseHolder, since_ms: int | None) -> bool:
    """Whether its age allows it: a release may be running its evals right now. A preview of unknown age stays."""
    return holder.number != RELEASE or (since_ms is not None and since_ms < time.time() * 1000 - MAX_RELEASE_AGE_MS)


def _deletions(context: RunContext, base: BaseBranch, existing: TargetPreviews, closed: frozenset[int], why: str) -> Iterator[Change]:
    """The changes that delete the closed previews on one target."""
    target, previews, observed = existing.target, existing.previews, existing.previews.observed
    for holder, copy in previews.copies:
        if holder.number in closed:
            copy_seen = Observed(id=copy.id, active=copy.status == "active")
            yield copies.delete(target.workflow, copy.name, copy_seen, Preview(holder.number, str(holder)), why if holder.number else CUT_OFF)
    if observed and (failure := observed.failure):
        workflow = target.workflow._replace(name=f"{target.entry.name} ({target.workflow.key})")
        yield Fail(workflow=workflow, observed=observed, code=failure.code, message=failure.message, fix=failure.fix)
    elif observed and previews.holder and previews.holder.number in closed:
        yield _free_slot(context, base, target, observed, previews.holder)


def _free_slot(context: RunContext, base: BaseBranch, target: PreviewTarget, observed: Observed, holder: LeaseHolder) -> Change:
    """The change that imports the base branch's file, which ends the lease."""
    entry = _previewed_entry(context, base, target.entry, holder)
    workflow = target.workflow._replace(name=f"{entry.name} ({f'preview #{holder.number}' if holder.number else 'before release'})")
    preview = Preview(holder.number, holder.free, ended=True)
    source = _source(context, base, entry)
    if source is None:
        submodule = base.submodule_of(entry.source)
        where = f"in the submodule {submodule}, whose files this run does not read" if submodule else "not on the base branch"
        message, fix = f"{entry.source} is {where}, so there is nothing to free the slot with.", IN_SUBMODULE if submodule else NO_FILE
        return Fail(workflow=workflow, observed=observed, target=observed.id, preview=preview, code="NO_BASE_FILE", message=message, fix=fix)
    live = observed.live.version if observed.live else None
    return FreeSlot(
        workflow=workflow._replace(source=source), observed=observed, target=observed.id, previous_version=live, release=True, preview=preview
    )  # fmt: skip


def _previewed_entry(context: RunContext, base: BaseBranch, default: WorkflowEntry, holder: LeaseHolder) -> WorkflowEntry:
    """The entry of the workflow that holds the slot, since a pool may serve several; else the first entry that names the key."""
    if base.manifest is None:
        return default
    manifest = base.manifest
    return next((entry for entry in manifest.entries if holder in _holders(context, manifest, entry, holder.number)), default)


def _holders(context: RunContext, manifest: Manifest, entry: WorkflowEntry, number: int) -> Iterator[LeaseHolder]:
    if number:
        yield from holders(context, manifest, entry.name, number)
        return
    for environment in manifest.environments:
        yield from holders_for_release(context, manifest, environment, entry.name)


def _source(context: RunContext, base: BaseBranch, entry: WorkflowEntry) -> Source | None:
    """The base branch's file with the preview's values laid over it, as far as they fit; None where there is no such file."""
    content = base.content(entry.source)
    source, _ = files.parse(entry.source, content, platform=entry.platform) if content is not None else (None, ())
    if source is None:
        return None
    values = {**entry.set, **entry.preview_set}
    try:
        overlaid, misfits = lay_over(source, values, context.settings.selection.values)
    except UsageError:
        return source
    return source if misfits else overlaid


def _with_unique_names(changes: Iterable[Change]) -> list[Change]:
    """The changes, numbered where a name occurs twice: outcomes are merged by name."""
    taken: set[str] = set()
    renamed = []
    for change in changes:
        name, number = change.workflow.name, 2
        while name in taken:
            name, number = f"{change.workflow.name} ({number})", number + 1
        taken.add(name)
        renamed.append(replace(change, workflow=change.workflow._replace(name=name)))
    return renamed
