"""Acquiring and freeing a preview slot: import, then ask the version list which lease won, and only then make it live.

Imports follow docs/troubleshooting.md, "What is tried again"; what others may do to the same slot at the same time is in `deployer.model.lease`.
"""

from dataclasses import replace

from deployer.model import lease, marker
from deployer.model.change import AcquireSlot, Change, FreeSlot, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown, PlatformError
from deployer.model.lease import LeaseHolder
from deployer.model.marker import Marker
from deployer.model.observation import Version
from deployer.model.workflow import Workflow
from deployer.platforms.base import Imported
from deployer.platforms.draft_and_publish import write
from deployer.platforms.draft_and_publish.client import VersionClient, VersionTarget
from deployer.platforms.readback import outcome_unknown, send_once_more, wait_for_effect
from deployer.platforms.write_context import Deferred, WriteContext, WriteProgress

LIST_DELAY_SECONDS = 20.0  # for a list to show what an import has just made
TAKEN = "Others were quicker: every preview slot is taken. A later run of this pull request tries again."


def acquire(target: VersionTarget, change: AcquireSlot, attempt: Marker, context: WriteContext, progress: WriteProgress) -> None:
    """Import into the first slot of the pool whose list then shows our lease. Raises Deferred when none does."""
    holder = _holder(change)
    for place, workflow in enumerate((*change.pool, *change.pool)):  # a slot may have been freed meanwhile
        client = slot_client(target, workflow, context)
        if place and lease.current_holder(client.versions()) not in (None, holder):
            continue
        imported, versions = _import_and_list(client, replace(change, workflow=workflow), attempt, context, progress)
        if lease.current_holder(versions) == holder:
            progress.location = workflow.key
            _publish(client, target, replace(change, workflow=workflow), imported.version, context, progress)
            return
        _restore_draft(client, versions, workflow, context, progress)
        progress.version = None
        progress.limitations.clear()
        attempt = marker.new(change.workflow.fingerprint)
    raise Deferred(TAKEN)


def free(target: VersionTarget, change: FreeSlot, attempt: Marker, context: WriteContext, progress: WriteProgress) -> None:
    """End the lease with the base branch's file, unless it has ended, and leave alone what another holder has by now."""
    client, holder = slot_client(target, change.workflow, context), _holder(change)
    if lease.current_holder(client.versions()) != holder:
        return
    imported, versions = _import_and_list(client, change, attempt, context, progress)
    if lease.current_holder(versions) is not None:
        _restore_draft(client, versions, change.workflow, context, progress)
        return
    _publish(client, target, change, imported.version, context, progress)
    _restore_live(client)


def publish(target: VersionTarget, change: Change, version: str, context: WriteContext, progress: WriteProgress) -> None:
    """Make a version of a slot live."""
    _publish(target.connect(), target, change, version, context, progress)


def slot_client(target: VersionTarget, workflow: Workflow, context: WriteContext) -> VersionClient:
    """The client of one slot of the pool; not preceded by `before_send`, since a lease is decided by the list."""
    slot = context.connections.target(workflow)
    if isinstance(slot, type(target)):
        return slot.connect()
    raise AssertionError("a pool has slots of one platform")


def _import_and_list(
    client: VersionClient, change: WriteDraft, attempt: Marker, context: WriteContext, progress: WriteProgress
) -> tuple[Imported, tuple[Version, ...]]:
    """What was made, and the version list that shows it. Raises OutcomeUnknown when no list does: the slot's holder is then unknown."""
    imported = write.import_once(client, change, attempt, context)
    progress.version, progress.target = imported.version, imported.target_id or progress.target
    if imported.warning:
        progress.limitations.append(f"the platform dropped something: {context.redact(imported.warning)}")

    def look() -> tuple[Version, ...] | None:
        versions = tuple(client.versions())
        return versions if any(version.version == imported.version for version in versions) else None

    versions, _ = wait_for_effect(context, LIST_DELAY_SECONDS, look)
    if versions:
        return imported, versions
    message = f"Version {imported.version} was imported, and the list does not show it: whether this pull request has the slot is unknown."
    fix = "This run released nothing there. Run it again: it looks first."
    raise OutcomeUnknown(change.workflow.platform, message, code="LEASE_UNKNOWN", probe_seconds=0, absence_is_proof=False, fix=fix)


def _publish(
    client: VersionClient, target: VersionTarget, change: Change, version: str, context: WriteContext, progress: WriteProgress
) -> None:  # fmt: skip
    """Slots are released at once. Where the platform allows no more live workflows, the draft has to do."""
    try:
        write.release(client, change, version, context, progress)
    except PlatformError as refusal:
        if refusal.code != target.live_limit_code:
            raise
        progress.warn(f"It is imported; the platform's plan allows no more published workflows ({target.live_limit_code}).")


def _restore_draft(client: VersionClient, versions: tuple[Version, ...], workflow: Workflow, context: WriteContext, progress: WriteProgress) -> None:
    """Our import became the draft of a slot that another holder has: their version becomes the draft again. What is live is theirs."""
    theirs = _holders_version(versions)
    if theirs is None or theirs.marker is None:
        return
    try:
        _roll_back_once(client, theirs.version, theirs.marker, context)
    except OutcomeUnknown as lost:
        progress.warn(f"The draft behind {workflow.key}: {lost.message}")
    except FlowshipError as refusal:
        progress.warn(f"The draft behind {workflow.key} could not be put back to version {theirs.version}: {refusal.message}")


def _roll_back_once(client: VersionClient, version: str, content: Marker, context: WriteContext) -> None:
    """Copy a version into a new draft. Like an import, not twice without knowing. Raises OutcomeUnknown where it stays unknown."""
    attempts: list[Marker] = []

    def send() -> object:
        attempts.append(marker.new(content.fingerprint))
        return client.roll_back(version, release=False, description=marker.describe("Put back", "", attempts[-1]))

    def look() -> Version | None:
        return write.find_made(client.versions(), attempts)

    def unknown(lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
        return outcome_unknown(lost, f"the draft was put back to version {version}", "Look in the console which version is the draft.", why)

    send_once_more(context, send, look, unknown, "the versions")


def _restore_live(client: VersionClient) -> None:
    """Another holder may have leased the slot between our look and our release: then their version is what has to be live."""
    theirs = _holders_version(tuple(client.versions()))
    if theirs and not theirs.published:
        client.release(theirs.version)


def _holders_version(versions: tuple[Version, ...]) -> Version | None:
    holder = lease.current_holder(versions)
    return lease.newest_claim(versions, holder) if holder else None


def _holder(change: Change) -> LeaseHolder:
    return lease.parse_tag(change.preview.lease_tag if change.preview else "")
