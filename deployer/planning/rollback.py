"""Going back: taking the last release of an environment back, or going to a tag, a commit or a version. Pure.

What stands is read from the state: releases as if what a rollback rolled back had never been. Going back again therefore goes one
further back, and never to what was rolled back. Only what the state or the platform knows to have been live is gone back to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deployer.model.change import Change, Fail, Publish, Replace, RollbackOf, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same
from deployer.model.observation import LiveDefinition, NotListable, Observation, ReadFailed, Version, VersionHistory
from deployer.model.plan import Plan
from deployer.model.policy import Ancestry, unknown_history
from deployer.model.workflow import Source, Workflow
from deployer.planning.reconcile import about
from deployer.planning.release_history import NAME_ONE, done_by, effective_releases, rollback_in_progress, run_id
from deployer.platforms.in_place.plan import as_left
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, WorkflowRecord

SourceAt = Callable[[Workflow, str], Source | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackTarget:
    """Where to: `commit`, or `version` (of the one workflow), else to what was live before the last release.

    `source_at` reads a workflow's definition as a commit has it, None when it is not there; it may raise FlowshipError. `run` is this
    run: what an earlier attempt of it did is not done again. `release`: the run whose release is rolled back, "" when nobody knows.
    `never`: runs whose releases are not gone back to: their evals never came to an end.
    """

    source_at: SourceAt
    run: str = ""
    release: str = ""
    commit: str = ""
    version: str = ""
    excluded_runs: frozenset[str] = frozenset()
    is_ancestor: Ancestry = unknown_history


def plan(
    workflows: Sequence[Workflow],
    observed: Mapping[str, Observation],
    state: EnvironmentState,
    hosts: Mapping[str, str],
    environment: str,
    way: RollbackTarget,
) -> Plan:
    """The plan of a rollback of these workflows, in name order. `hosts`: the base URL by workflow name."""
    changes = [
        decide(workflow, observed[workflow.name], about(state.of(workflow.name), hosts[workflow.name]), way)
        for workflow in sorted(workflows, key=lambda each: each.name)
    ]
    return Plan(environment, tuple(changes), state.notices)


def decide(workflow: Workflow, seen: Observation, recorded: WorkflowRecord, way: RollbackTarget) -> Change:
    """What to do about one workflow."""
    recorded = _of_target(recorded, seen)
    if not (way.commit or way.version) and done_by(recorded, rollback_in_progress(recorded, way.run)):
        live = recorded.live
        return Unchanged(
            workflow=workflow, observed=seen, target=_target(seen), version=live.version if live else None, live=True, why="rolled back already"
        )
    try:
        match seen:
            case ReadFailed(code=code, message=message, fix=fix):
                return _fail(workflow, seen, message, fix, code=code)
            case VersionHistory() | NotListable() if workflow.platform == "gptbots":
                return _gptbots(workflow, seen, recorded, way)
            case LiveDefinition():
                return _meingpt(workflow, seen, recorded, way)
    except FlowshipError as error:
        return _fail(workflow, seen, error.message, error.fix, code=error.code)
    return _fail(workflow, seen, f"{workflow.name} is not on the platform.", "A release creates it anew.", code="NOTHING_THERE")


def _gptbots(workflow: Workflow, seen: VersionHistory | NotListable, recorded: WorkflowRecord, way: RollbackTarget) -> Change:
    if way.version:
        return _release(workflow, seen, recorded, way, way.version)
    entry = _at_commit(recorded, way.commit) if way.commit else _before_the_last(workflow, seen, recorded, way)
    if entry and (version := _still_there(seen, entry)):
        return _release(workflow, seen, recorded, way, version, entry)
    source = way.source_at(workflow, way.commit) if way.commit else None
    held = seen.holding(source.fingerprint) if source and isinstance(seen, VersionHistory) else None
    if source and held:
        return _release(workflow, seen, recorded, way, held.version, DeployRecord(fingerprint=source.fingerprint, commit=way.commit))
    earlier = None if way.commit or entry or not isinstance(seen, VersionHistory) else _published_before(seen, recorded)
    return _release(workflow, seen, recorded, way, earlier.version) if earlier else _nothing_before(workflow, seen, way, entry)


def _before_the_last(workflow: Workflow, seen: VersionHistory | NotListable, recorded: WorkflowRecord, way: RollbackTarget) -> DeployRecord | None:
    """What was live before the last release. Raises FlowshipError when something is live that the state knows nothing of: whether that,
    or the last release, is to be rolled back, is not for us to guess."""
    live = seen.live if isinstance(seen, VersionHistory) else None
    if recorded.live and live and live.version not in _versions(recorded) and not _cut_off(recorded, live, way):
        raise FlowshipError(
            f"Version {live.version} of {workflow.name} is live, and the state knows no release of it; the last one was {recorded.live.version}.",
            fix=NAME_ONE,
            code="NOT_OURS",
        )
    return _earlier(recorded, way)


def _meingpt(workflow: Workflow, seen: LiveDefinition, recorded: WorkflowRecord, way: RollbackTarget) -> Change:
    """One definition and no versions: the definition of that commit is written again."""
    entry = None if way.commit else _earlier(recorded, way)
    commit = way.commit or (entry.commit if entry else "")
    if not commit:
        return _nothing_before(workflow, seen, way, entry)
    source = way.source_at(workflow, commit)
    if source is None or source.definition is None:
        fix = "Fetch that commit (git fetch --unshallow), or bring the earlier definition back into the file and release it."
        return _fail(
            workflow, seen, f"The definition of {workflow.name} at {commit[:7]} ({workflow.path}) cannot be read.", fix, code="NO_DEFINITION"
        )
    differs = entry is not None and entry.fingerprint != source.fingerprint
    if differs and not workflow.overlay:
        return _fail(workflow, seen, f"{workflow.path} at {commit[:7]} is not what was released then.", NAME_ONE, code="NOT_AS_RELEASED")
    live = recorded.live
    untouched = live is not None and as_left(seen, live)
    common: dict[str, Any] = {"workflow": workflow._replace(source=source), "observed": seen, "target": seen.target_id}
    if live and untouched and live.fingerprint == source.fingerprint and seen.status == "active":
        return Unchanged(**common, live=True)
    taken = "" if live is None or live.fingerprint == source.fingerprint or _is_later(live, commit, way) else live.fingerprint
    said = "Its values in `set` are not those of that release." if differs else None
    return Replace(
        **common,
        release=True,
        save_first=not untouched,
        restored=RollbackOf(source.fingerprint, commit, taken),
        why=f"back to {commit[:7]}",
        warning=said,
    )


def _release(
    workflow: Workflow,
    seen: VersionHistory | NotListable,
    recorded: WorkflowRecord,
    way: RollbackTarget,
    version: str,
    entry: DeployRecord | None = None,
) -> Change:
    """`entry`: what is known of that version, where the caller knows; else the state or the marker tells."""
    there = {each.version: each for each in seen.versions} if isinstance(seen, VersionHistory) else {}
    if isinstance(seen, VersionHistory) and version not in there:
        return _fail(workflow, seen, f"There is no version {version} of {workflow.name}.", "The console shows which there are.", code="403203")
    back = entry or _known(recorded, version, there.get(version))
    shown = seen.live if isinstance(seen, VersionHistory) else None
    live = shown.version if shown else recorded.live.version if recorded.live else None
    common: dict[str, Any] = {"workflow": workflow, "observed": seen, "target": _target(seen), "version": version, "previous_version": live}
    if live == version and (recorded.live is None or recorded.live.version == version):
        return Unchanged(**common, live=True)
    replaced = _replaced(shown, recorded, version)
    taken = (
        replaced.fingerprint if replaced and not same(replaced.fingerprint, back.fingerprint) and not _is_later(replaced, back.commit, way) else ""
    )
    return Publish(**common, release=True, restored=RollbackOf(back.fingerprint, back.commit, taken))


def _replaced(shown: Version | None, recorded: WorkflowRecord, version: str) -> DeployRecord | None:
    """What is rolled back: what is live. Where the console went back already, it is what the state still holds to be live."""
    ours = shown is None or shown.version in _versions(recorded)
    if recorded.live and recorded.live.version != version and ours:
        return recorded.live
    return _known(recorded, shown.version, shown) if shown else None


def _versions(recorded: WorkflowRecord) -> set[str]:
    return {entry.version for entry in recorded.releases}


def _known(recorded: WorkflowRecord, version: str, shown: Version | None) -> DeployRecord:
    """What is known of a version: by the state, else by its marker."""
    entries = [*recorded.releases, *filter(None, [recorded.draft])]
    found = next((entry for entry in reversed(entries) if entry.version == version), None)
    if found:
        return found
    marker = shown.marker if shown else None
    return DeployRecord(fingerprint=marker.fingerprint if marker else "", version=version, commit=marker.commit if marker else "")


def _earlier(recorded: WorkflowRecord, way: RollbackTarget) -> DeployRecord | None:
    """What was live before the last release; where an earlier rollback was cut off, what that one was going to."""
    began = rollback_in_progress(recorded, way.run)
    wanted = next((intent.fingerprint for intent in recorded.open_intents if began and run_id(intent.run) == began), "")
    if wanted:
        return next((entry for entry in reversed(recorded.releases) if same(entry.fingerprint, wanted)), None)
    stack = effective_releases(recorded.releases)
    last = stack[-1] if stack else None
    if last is None or (way.release and run_id(last.run) != way.release):
        return last  # that release was cut off, and did not come as far as to say that it is live
    others = (entry for entry in reversed(stack) if not same(entry.fingerprint, last.fingerprint) and run_id(entry.run) not in way.excluded_runs)
    return next((entry for entry in others if not recorded.was_rolled_back(entry.fingerprint)), None)


def _at_commit(recorded: WorkflowRecord, commit: str) -> DeployRecord | None:
    """The last release of that commit."""
    return next((entry for entry in reversed(recorded.releases) if same(entry.commit, commit)), None)


def _still_there(seen: VersionHistory | NotListable, entry: DeployRecord) -> str:
    """The version that holds what was released then; "" when there is none any more."""
    if isinstance(seen, NotListable) or any(each.version == entry.version for each in seen.versions):
        return entry.version
    held = seen.holding(entry.fingerprint)
    return held.version if held else ""


def _published_before(seen: VersionHistory, recorded: WorkflowRecord) -> Version | None:
    """By the platform alone: of the versions older than the live one, that which was live last. Never a younger one: it may be what was
    rolled back, and nothing there tells."""
    places = [place for place, version in enumerate(seen.versions) if version.published]
    older = seen.versions[places[0] + 1 :] if places else ()
    were_live = [
        version for version in older if version.released_ms and not (version.marker and recorded.was_rolled_back(version.marker.fingerprint))
    ]
    return max(were_live, key=lambda version: version.released_ms or 0, default=None)


def _is_later(live: DeployRecord, commit: str, way: RollbackTarget) -> bool:
    """Does going there go forward? Then nothing is rolled back."""
    if not live.commit or not commit or same(live.commit, commit):
        return False
    return way.is_ancestor(live.commit, commit) is True


def _cut_off(recorded: WorkflowRecord, live: Version, way: RollbackTarget) -> bool:
    """Was it made live by the release that is rolled back, or by an earlier rollback, which could not say so any more?"""
    intents = (intent for intent in recorded.open_intents if intent.action == ROLLBACK or run_id(intent.run) == way.release)
    return any(live.marker and live.marker.marks(intent.fingerprint) for intent in intents)


def _of_target(recorded: WorkflowRecord, seen: Observation) -> WorkflowRecord:
    """Without the entries for another target: version numbers are alike everywhere and say nothing."""
    target = _target(seen)
    if not target:
        return recorded
    draft, live = (entry if entry and entry.target == target else None for entry in (recorded.draft, recorded.live))
    return replace(recorded, draft=draft, live=live, releases=tuple(entry for entry in recorded.releases if entry.target == target))


def _target(seen: Observation) -> str:
    return seen.target_id if isinstance(seen, VersionHistory | NotListable | LiveDefinition) else ""


def _nothing_before(workflow: Workflow, seen: Observation, way: RollbackTarget, entry: DeployRecord | None) -> Change:
    what = f"at {way.commit[:7]}" if way.commit else "before the last release"
    why = f"what was live {what} ({entry.version}) is not there any more" if entry and entry.version else f"nothing is known to have been live {what}"
    message = f"{workflow.name} is still live as it is: {why}."
    return _fail(workflow, seen, message, f"{NAME_ONE} Or switch it off in the console.", code="NOTHING_BEFORE")


def _fail(workflow: Workflow, seen: Observation, message: str, fix: str, *, code: str) -> Fail:
    return Fail(workflow=workflow, observed=seen, target=_target(seen), code=code, message=message, fix=fix)
