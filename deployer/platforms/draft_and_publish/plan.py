"""What a deploy does where every import makes a version: the newest is the draft, the published one is live. Pure."""

from dataclasses import replace
from typing import Any, NamedTuple

from deployer.model.change import Change, Publish, Superseded, Unchanged, WriteDraft
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed, Version
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.restore import ROLLED_BACK_LIVE
from deployer.state.base import DeployRecord, WorkflowRecord

ROLLED_BACK = "This content was rolled back after an earlier release, so it is not released. `release: force` releases it again."


class _KnownVersion(NamedTuple):
    """A version as the list shows it, or as the state has it where there is no list. `holds`: it is the wanted content."""

    version: str
    commit: str
    holds: bool


def plan(workflow: Workflow, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
    """The version list decides; where it cannot be read, the recorded state does."""
    record = record.of_target(observed.id)
    if policy.release and not policy.force and record.was_rolled_back(workflow.fingerprint):
        change = plan(workflow, observed, replace(record, rolled_back_fingerprints=frozenset()), replace(policy, release=False))
        return replace(change, warning=ROLLED_BACK_LIVE if change.live else ROLLED_BACK)
    draft, live = _known(workflow, observed.draft, record.draft, observed), _known(workflow, observed.live, record.live, observed)
    replaced = live if policy.release else draft
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": observed.id}
    common |= {"previous_version": replaced.version if replaced else None, "warning": _foreign_draft(observed, record)}
    held = _held_version(workflow, observed, draft, live, policy)
    is_live = bool(held and live and live.version == held.version)
    if held and (is_live or not policy.release):
        return Unchanged(**common, version=held.version, live=is_live, why="" if observed.readable else "as the state says")
    if replaced and not (policy.release and policy.force) and policy.is_older(replaced.commit):
        what = f"what is live ({replaced.version})" if policy.release else f"the draft ({replaced.version})"
        warning = f"Skipped: {what} comes from a newer commit than {policy.commit[:7]}."
        return Superseded(**common | {"warning": warning}, version=replaced.version, live=False)
    if held:
        why = "this version was imported earlier" if observed.readable else "the state says that this version was imported earlier"
        return Publish(**common, release=True, version=held.version, why=why)
    return WriteDraft(**common | {"warning": common["warning"] or _interrupted_import(workflow, observed, record)}, release=policy.release)


def _known(workflow: Workflow, version: Version | None, entry: DeployRecord | None, observed: Observed) -> _KnownVersion | None:
    if not observed.readable:
        return _KnownVersion(entry.version, entry.commit, same_hash(entry.fingerprint, workflow.fingerprint)) if entry else None
    if version is None:
        return None
    marker = version.marker
    commit = entry.commit if entry and entry.version == version.version and entry.commit else marker.commit if marker else ""
    return _KnownVersion(version.version, commit, bool(marker and marker.marks(workflow.fingerprint)))


def _held_version(
    workflow: Workflow, observed: Observed, draft: _KnownVersion | None, live: _KnownVersion | None, policy: Policy
) -> _KnownVersion | None:
    """The version that holds the wanted content and need not be imported again.

    In a release that is also an older one: where the draft comes from a newer commit than ours, what was reviewed goes live although a later
    merge has made a newer draft; and a release that runs again has nothing to do, unless our commit is known to come after the draft's.
    """
    if draft and draft.holds:
        return draft
    if not policy.release:
        return None
    commit = draft.commit if draft else ""
    reviewed = observed.holding(workflow.fingerprint) if policy.is_older(commit) else None
    if reviewed:
        return _KnownVersion(reviewed.version, "", holds=True)
    return live if live and live.holds and not policy.is_newer(commit) else None


def _foreign_draft(observed: Observed, record: WorkflowRecord) -> str | None:
    """A warning where the newest version is not what we last left and carries no marker of ours."""
    draft, last = observed.draft, record.draft
    if draft is None or draft.marker or (last and last.version == draft.version):
        return None
    return f"The draft {draft.version} was not made by Flowship; it stays in the version list."


def _interrupted_import(workflow: Workflow, observed: Observed, record: WorkflowRecord) -> str | None:
    if observed.readable or not any(i.action == "import" and i.fingerprint == workflow.fingerprint for i in record.open_intents):
        return None
    return "An earlier run may have imported this already; its end is unknown and the versions cannot be listed."
