"""What a rollback does where a platform keeps versions: publish the one that was live. Pure."""

from dataclasses import replace
from typing import Any

from deployer.model.change import Change, Publish, RollbackOf, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed, Version
from deployer.model.workflow import Source, Workflow
from deployer.platforms.restore import RollbackTarget, differs_from_commit, fail, goes_forward, not_as_released, nothing_before
from deployer.state.base import DeployRecord, WorkflowRecord


def restore(workflow: Workflow, to: RollbackTarget, observed: Observed, record: WorkflowRecord) -> Change:
    """The version that was asked for, else the one that holds what was released then, else (without a commit) what the platform shows to have
    been live before."""
    if to.version:
        return _publish(workflow, observed, record, to, to.version)
    source = _source_at_commit(workflow, to)
    dirty = to.entry is not None and differs_from_commit(workflow, to.entry, source)
    if to.entry and (version := _still_there(observed, to.entry)):
        change = _publish(workflow, observed, record, to, version, replace(to.entry, dirty=dirty))
        return _restored_dirty(change, to) if dirty and to.commit else change
    if dirty and to.commit:
        return not_as_released(workflow, observed, to.commit, "What was live is not on the platform any more.")
    held = observed.holding(source.fingerprint) if source else None
    if source and held:
        return _publish(workflow, observed, record, to, held.version, DeployRecord(fingerprint=source.fingerprint, commit=to.commit))
    earlier = None if to.commit or to.entry or not observed.readable else _live_before(observed, record)
    return _publish(workflow, observed, record, to, earlier.version) if earlier else nothing_before(workflow, observed, to)


def _source_at_commit(workflow: Workflow, to: RollbackTarget) -> Source | None:
    """The definition at the commit to go to; None where there is no such commit or file. Where the state knows the release, a file that cannot be
    read is none."""
    try:
        return to.source_at(workflow, to.commit) if to.commit else None
    except FlowshipError:
        if to.entry is None:
            raise
        return None


def _restored_dirty(change: Change, to: RollbackTarget) -> Change:
    """The change where what was live under a commit is not that commit's file: never "unchanged", which would say that the file is live."""
    if isinstance(change, Unchanged):
        return not_as_released(change.workflow, change.observed, to.commit, f"What was live, {change.version}, is live now.")
    warning = f"{change.workflow.path} at {to.commit[:7]} is not what was live under that commit. What was live goes live again."
    return replace(change, warning=warning)


def _publish(
    workflow: Workflow, observed: Observed, record: WorkflowRecord, to: RollbackTarget, version: str, entry: DeployRecord | None = None
) -> Change:
    """`entry`: what is known of that version, where the caller knows; else the state or the marker tells."""
    listed = {known.version: known for known in observed.versions}
    if observed.readable and version not in listed:
        return fail(workflow, observed, f"There is no version {version} of {workflow.name}.", "The console shows which there are.", code="NO_VERSION")
    target = entry or _known_record(record, version, listed.get(version))
    published = observed.live
    live = published.version if published else record.live.version if record.live else None
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": observed.id, "version": version, "previous_version": live}
    if live == version and (record.live is None or record.live.version == version):
        return Unchanged(**common, live=True)
    replaced = _replaced_record(published, record, version)
    reverts = replaced and not same_hash(replaced.fingerprint, target.fingerprint) and not goes_forward(replaced, target.commit, to)
    reverted = replaced.fingerprint if replaced and reverts else ""
    return Publish(**common, release=True, restored=RollbackOf(target.fingerprint, target.commit, reverted, target.dirty))


def _replaced_record(published: Version | None, record: WorkflowRecord, version: str) -> DeployRecord | None:
    """What is rolled back: what is live. Where the console went back already, it is what the state still has as live."""
    ours = published is None or any(entry.version == published.version for entry in record.releases)
    if record.live and record.live.version != version and ours:
        return record.live
    return _known_record(record, published.version, published) if published else None


def _known_record(record: WorkflowRecord, version: str, listed: Version | None) -> DeployRecord:
    """What is known of a version: by the state, else by its marker."""
    entries = [*record.releases, *filter(None, [record.draft])]
    recorded = next((entry for entry in reversed(entries) if entry.version == version), None)
    if recorded:
        return recorded
    marker = listed.marker if listed else None
    return DeployRecord(fingerprint=marker.fingerprint if marker else "", version=version, commit=marker.commit if marker else "")


def _still_there(observed: Observed, entry: DeployRecord) -> str:
    """The version that holds what was released then; "" when there is none any more."""
    if not observed.readable or any(version.version == entry.version for version in observed.versions):
        return entry.version
    held = observed.holding(entry.fingerprint)
    return held.version if held else ""


def _live_before(observed: Observed, record: WorkflowRecord) -> Version | None:
    """By the platform alone: of the versions older than the live one, that which was live last. Never a younger one: it may be what was
    rolled back."""
    places = [place for place, version in enumerate(observed.versions) if version.published]
    older = observed.versions[places[0] + 1 :] if places else ()
    were_live = [version for version in older if version.released_ms and not (version.marker and record.was_rolled_back(version.marker.fingerprint))]
    return max(were_live, key=lambda version: version.released_ms or 0, default=None)
