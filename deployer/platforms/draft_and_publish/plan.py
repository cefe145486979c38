"""Deciding for GPTBots: every import makes a version; the newest is the draft, the published one is live."""

from dataclasses import replace
from typing import Any

from deployer.model.change import Change, Publish, Superseded, Unchanged, WriteDraft
from deployer.model.fingerprint import same
from deployer.model.observation import NotListable, Version, VersionHistory
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.state.base import DeployRecord, WorkflowRecord

ROLLED_BACK = "This content was rolled back after an earlier release, so it is not released. `release: force` releases it again."


def decide_versions(workflow: Workflow, observed: VersionHistory, recorded: WorkflowRecord, policy: Policy) -> Change:
    """Where the version list can be read."""
    recorded = _about(recorded, observed.target_id)
    if policy.release and not policy.force and recorded.was_rolled_back(workflow.fingerprint):
        change = decide_versions(workflow, observed, replace(recorded, rolled_back_fingerprints=frozenset()), replace(policy, release=False))
        return change if change.live else replace(change, warning=ROLLED_BACK)
    draft, live = observed.draft, observed.live
    previous = (live if policy.release else draft) or None
    common: dict[str, Any] = {
        "workflow": workflow,
        "observed": observed,
        "target": observed.target_id,
        "previous_version": previous.version if previous else None,
        "warning": _drift(observed, recorded),
    }
    held = draft if draft and _holds(draft, workflow) else None
    if held is None and policy.release:
        held = _reviewed(workflow, observed, recorded, policy) or _live_already(workflow, observed, recorded, policy)
    if held and held.published:
        return Unchanged(**common, version=held.version, live=True)
    if _superseded(observed, recorded, policy, holds=held is not None):
        return _give_way(common, draft, live, policy)
    if held and not policy.release:
        return Unchanged(**common, version=held.version, live=False)
    if held:
        return Publish(**common, release=True, version=held.version, why="was imported before; it goes live as it is")
    return WriteDraft(**common, release=policy.release)


def decide_blind(workflow: Workflow, observed: NotListable, recorded: WorkflowRecord, policy: Policy) -> Change:
    """Where versions cannot be listed: the state is believed; without it, nothing is known."""
    if policy.release and not policy.force and recorded.was_rolled_back(workflow.fingerprint):
        change = decide_blind(workflow, observed, replace(recorded, rolled_back_fingerprints=frozenset()), replace(policy, release=False))
        return replace(change, warning=ROLLED_BACK)
    draft = _same_target(recorded.draft, observed)
    live = _same_target(recorded.live, observed)
    common: dict[str, Any] = {
        "workflow": workflow,
        "observed": observed,
        "target": observed.target_id,
        "previous_version": _version(live if policy.release else draft),
    }
    held = draft if draft and same(draft.fingerprint, workflow.fingerprint) else None
    if held is None and policy.release and live and same(live.fingerprint, workflow.fingerprint) and not policy.is_newer(_commit_of(draft)):
        held = live  # a release run again, after a later merge
    is_live = bool(held and live and live.version == held.version)
    if held and (is_live or not policy.release):
        return Unchanged(**common, version=held.version, live=is_live, why="as the state says")
    if not (policy.release and policy.force) and policy.is_older(_commit_of(live if policy.release else draft)):
        return _give_way(common, draft, live, policy)
    if held:
        return Publish(**common, release=True, version=held.version, why="the state says it was imported")
    interrupted = any(intent.action == "import" and intent.fingerprint == workflow.fingerprint for intent in recorded.open_intents)
    warning = "An earlier run may have imported this already; its end is unknown and the versions cannot be listed." if interrupted else None
    return WriteDraft(**common, release=policy.release, warning=warning)


def _holds(version: Version, workflow: Workflow) -> bool:
    return bool(version.marker and version.marker.marks(workflow.fingerprint))


def _reviewed(workflow: Workflow, observed: VersionHistory, recorded: WorkflowRecord, policy: Policy) -> Version | None:
    """What was reviewed goes live, also when a later merge has made a newer draft: the version that holds this content, if the
    draft comes from a newer commit than ours."""
    return observed.holding(workflow.fingerprint) if policy.is_older(_commit(observed.draft, recorded.draft)) else None


def _live_already(workflow: Workflow, observed: VersionHistory, recorded: WorkflowRecord, policy: Policy) -> Version | None:
    """The live version, when it holds this content: a release run again has nothing to do. Not when we know that our commit came after
    the draft's: then the draft has to come back to this content too."""
    live = observed.live
    return live if live and _holds(live, workflow) and not policy.is_newer(_commit(observed.draft, recorded.draft)) else None


def _about(recorded: WorkflowRecord, target: str) -> WorkflowRecord:
    """Without the entries for another target: version numbers are alike everywhere and say nothing."""
    if not target:
        return recorded
    draft, live = (entry if entry and entry.target == target else None for entry in (recorded.draft, recorded.live))
    return replace(recorded, draft=draft, live=live, releases=tuple(entry for entry in recorded.releases if entry.target == target))


def _superseded(observed: VersionHistory, recorded: WorkflowRecord, policy: Policy, *, holds: bool) -> bool:
    if policy.release:
        return not policy.force and policy.is_older(_commit(observed.live, recorded.live))
    return not holds and policy.is_older(_commit(observed.draft, recorded.draft))


def _give_way(common: dict[str, Any], draft: Version | DeployRecord | None, live: Version | DeployRecord | None, policy: Policy) -> Change:
    there = live if policy.release else draft
    what = "live" if policy.release else "the draft"
    version = there.version if there else None
    return Superseded(
        **{**common, "warning": f"Skipped: {what} ({version}) comes from a newer commit than {policy.commit[:7]}."}, version=version, live=False
    )


def _commit(version: Version | None, entry: DeployRecord | None) -> str:
    """The commit a version came from: the state's when it is about this very version, else the one in its description."""
    if version is None:
        return ""
    if entry and entry.version == version.version and entry.commit:
        return entry.commit
    return version.marker.commit if version.marker else ""


def _drift(observed: VersionHistory, recorded: WorkflowRecord) -> str | None:
    """The newest version is not what we last left, and does not come from us: somebody else made it."""
    draft, last = observed.draft, recorded.draft
    if draft is None or draft.marker or (last and last.version == draft.version):
        return None
    return f"The draft {draft.version} was not made by Flowship; it stays in the version list."


def _same_target(entry: DeployRecord | None, observed: NotListable) -> DeployRecord | None:
    return entry if entry and (not observed.target_id or entry.target == observed.target_id) else None


def _version(entry: DeployRecord | None) -> str | None:
    return entry.version if entry else None


def _commit_of(entry: DeployRecord | None) -> str:
    return entry.commit if entry else ""
