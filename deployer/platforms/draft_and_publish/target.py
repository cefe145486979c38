"""One workflow on a platform where an import makes a draft version and a release makes a version live."""

from collections.abc import Callable
from typing import Any, ClassVar

from deployer.model.change import AcquireSlot, Change, FreeSlot, Publish, WriteDraft
from deployer.model.difference import LIVE_NOW
from deployer.model.fingerprint import same_hash
from deployer.model.marker import Marker
from deployer.model.observation import Observed, Version
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.base import Identity, NotReadable, Target
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.draft_and_publish import compare, plan, restore, slot_writes, write
from deployer.platforms.draft_and_publish.client import VersionClient
from deployer.platforms.listing import Listing
from deployer.platforms.restore import RollbackTarget, SourceAt
from deployer.platforms.write_context import WriteContext, WriteProgress
from deployer.state.base import DeployRecord, WorkflowRecord


class DraftAndPublish(Target):
    """The shared half of such a target: an adapter adds `client`, its own error codes and what an import drops."""

    live_limit_code: ClassVar[str] = ""  # the error of a release where the platform allows no more live workflows

    def __init__(self, workflow: Workflow, connect: Callable[[], VersionClient]) -> None:
        self.workflow = workflow
        self.connect = connect

    def observe(self, record: WorkflowRecord, policy: Policy, listing: Listing, source_at: SourceAt) -> Observed:
        """By the version list; where that cannot be read, by the key's own target. A reply without a list shows none where the state knows none."""
        client, known = self.connect(), record.of_host(listing.host(self.workflow))
        try:
            versions = client.versions(may_be_none=not (known.last or known.open_intents))
        except NotReadable as refusal:
            return Observed(id=client.identity().id, readable=False, why=refusal.message)
        # An empty list names no target: ask, so that two keys of one target are found before the first write.
        target = next((version.target_id for version in versions if version.target_id), "") or client.identity().id
        return Observed(id=target, versions=versions)

    def plan(self, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
        return plan.plan(self.workflow, observed, record, policy)

    def restore(self, to: RollbackTarget, observed: Observed, record: WorkflowRecord) -> Change:
        return restore.restore(self.workflow, to, observed, record)

    def compare(self, observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
        last = record.last
        common = {"workflow": self.workflow, "observed": observed, "target": last.target if last else ""}
        return compare.compare(common, observed, record)

    def apply(self, change: Change, attempt: Marker | None, context: WriteContext, progress: WriteProgress) -> None:
        match change:
            case AcquireSlot() if attempt:
                slot_writes.acquire(self, change, attempt, context, progress)
            case FreeSlot() if attempt:
                slot_writes.free(self, change, attempt, context, progress)
            case WriteDraft() if attempt:
                write.import_and_release(self.connect(), change, attempt, context, progress)
            case Publish() if change.preview:
                slot_writes.publish(self, change, change.version or "", context, progress)
            case Publish():
                write.release(self.connect(), change, change.version or "", context, progress)
            case other:
                raise AssertionError(f"{other.action} is no change of versions")

    def baseline(self, change: Change, record: WorkflowRecord) -> Baseline:
        """The commits that the versions came from: there is no call that shows a definition. What holds the very same content is left out."""
        known = [entry for entry in (record.draft, *record.releases) if entry and entry.target in ("", change.target or entry.target)]
        versions = (change.observed.draft, change.observed.live)
        commits = [_commit_of_version(version, known) for version in (reversed(versions) if change.release else versions) if version]
        entries = (record.draft, record.live) if change.observed.exists else ()
        commits += [_commit_of_entry(entry) for entry in (reversed(entries) if change.release else entries) if entry is not None and entry in known]
        other = (commit for commit in commits if commit.commit and commit.fingerprint and not same_hash(commit.fingerprint, change.fingerprint))
        return Baseline(commits=tuple(other))

    def shown_definition(self, policy: Policy, *, status: bool = False) -> dict[str, Any]:
        return dict(self.workflow.source.definition or {})

    def is_as_left(self, observed: Observed, last: DeployRecord) -> bool:
        return any(version.published and version.version == last.version for version in observed.versions)

    def identity(self) -> Identity:
        return self.connect().identity()


def _commit_of_entry(entry: DeployRecord) -> CandidateCommit:
    return CandidateCommit(entry.commit, f"version {entry.version}" if entry.version else "what was deployed last", entry.fingerprint)


def _commit_of_version(version: Version, known: list[DeployRecord]) -> CandidateCommit:
    entry = next((entry for entry in reversed(known) if entry.version == version.version), None)
    label = f"version {version.version}{LIVE_NOW if version.published else ''}"
    if entry:
        return CandidateCommit(entry.commit, label, entry.fingerprint)
    return CandidateCommit(version.marker.commit, label, version.marker.fingerprint) if version.marker else CandidateCommit("", label)
