"""Writing previews. On GPTBots a Workflow is borrowed: imported into, then asked whether it is ours, and only then made live.

Imports and creates follow docs/troubleshooting.md, "What is tried again". What others may be doing to the same target at the same
time is in `deployer.model.lease`.
"""

from collections.abc import Iterator
from dataclasses import replace

from deployer.model import lease, marker
from deployer.model.change import AcquireSlot, Change, CreateLive, FreeSlot, Publish, Remove, Replace, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown, PlatformError
from deployer.model.lease import LeaseHolder
from deployer.model.marker import Marker
from deployer.model.observation import Version
from deployer.model.workflow import Workflow
from deployer.platforms.base import Imported
from deployer.platforms.draft_and_publish import write as write_gptbots
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.in_place import write as write_meingpt
from deployer.platforms.meingpt.copies import copies_of
from deployer.platforms.write_context import Deferred, WriteContext, WriteProgress, wait_for_effect

PLAN_LIMIT = "40353"  # docs/contracts/gptbots.md, "Error codes"
PATIENCE = 20.0  # seconds for a list to show what an import has just made
TAKEN = "Others were quicker: every preview Workflow is taken. A later run of this pull request tries again."


def write(change: Change, attempt: Marker | None, context: WriteContext, step: WriteProgress) -> None:
    """One change of a preview. Raises as the writers of each platform do, and Aside where others have what it needs."""
    step.location = change.preview.location if change.preview else ""
    match change:
        case AcquireSlot() if attempt:
            _borrow(change, attempt, context, step)
        case FreeSlot() if attempt:
            _give_back(change, attempt, context, step)
        case Publish():
            _make_live(change, change.version or "", context, step)
        case CreateLive():
            _create(change, context, step)
        case Replace():
            write_meingpt.update(change, context, step)
        case Remove():
            write_meingpt.delete(change, context, step)
        case other:
            raise AssertionError(f"{other.action} writes no preview")


def _borrow(change: AcquireSlot, attempt: Marker, context: WriteContext, step: WriteProgress) -> None:
    """Into the first Workflow of the pool that turns out to be ours. Raises Aside when none does."""
    who = _who(change)
    for place, workflow in enumerate(_twice(change.pool)):
        client = context.clients.gptbots(workflow)
        if place and lease.current_holder(client.versions()) not in (None, who):
            continue
        imported, versions = _imported(client, replace(change, workflow=workflow), attempt, context, step)
        if lease.current_holder(versions) == who:
            step.location = workflow.key
            _make_live(replace(change, workflow=workflow), imported.version, context, step)
            return
        _put_back(client, versions, workflow, step)
        step.version = None
        step.limitations.clear()
        attempt = marker.new(change.workflow.fingerprint)
    raise Deferred(TAKEN)


def _twice(pool: tuple[Workflow, ...]) -> Iterator[Workflow]:
    """Who had one may have given it back meanwhile."""
    yield from pool
    yield from pool


def _give_back(change: FreeSlot, attempt: Marker, context: WriteContext, step: WriteProgress) -> None:
    """End the lease with the base branch's file, unless it has ended, and leave alone what somebody else has by now."""
    client, who = context.clients.gptbots(change.workflow), _who(change)
    if lease.current_holder(client.versions()) != who:
        return
    imported, versions = _imported(client, change, attempt, context, step)
    if lease.current_holder(versions) is not None:
        _put_back(client, versions, change.workflow, step)
        return
    _make_live(change, imported.version, context, step)
    _restore_live(client)


def _imported(
    client: GPTBots, change: WriteDraft, attempt: Marker, context: WriteContext, step: WriteProgress
) -> tuple[Imported, tuple[Version, ...]]:
    """What was made, and the version list that shows it. Raises Unanswered when no list does: whose the Workflow is cannot be told then."""
    imported = write_gptbots.import_once(client, change, attempt, context)
    step.version, step.target = imported.version, imported.target_id or step.target
    if imported.warning:
        step.limitations.append(f"GPTBots dropped something: {context.redact(imported.warning)}")

    def look() -> tuple[Version, ...] | None:
        versions = tuple(client.versions())
        return versions if any(version.version == imported.version for version in versions) else None

    versions, _ = wait_for_effect(context, PATIENCE, look)
    if versions:
        return imported, versions
    message = f"Version {imported.version} was imported, and the list does not show it: whether this pull request has the Workflow is unknown."
    raise OutcomeUnknown(
        "gptbots", message, code="LEASE_UNKNOWN", patience=0, settled=False, fix="Nothing was made live. Run it again: it looks first."
    )


def _make_live(change: Change, version: str, context: WriteContext, step: WriteProgress) -> None:
    """Preview targets are released at once. Where GPTBots' plan allows no more live Workflows, the draft has to do."""
    try:
        write_gptbots.release(change, version, context, step)
    except PlatformError as refusal:
        if refusal.code != PLAN_LIMIT:
            raise
        step.warn(f"It is imported and not live: GPTBots' plan allows no more published Workflows ({PLAN_LIMIT}).")


def _put_back(client: GPTBots, versions: tuple[Version, ...], workflow: Workflow, step: WriteProgress) -> None:
    """Our import became the draft of a Workflow that is somebody else's: their version becomes the draft again. What is live is theirs."""
    has = lease.current_holder(versions)
    theirs = lease.newest_claim(versions, has) if has else None
    if theirs is None or theirs.marker is None:
        return
    description = marker.describe("Put back", "", Marker(theirs.marker.fingerprint, marker.new(theirs.marker.fingerprint).attempt))
    try:
        client.roll_back(theirs.version, release=False, description=description)
    except FlowshipError as refusal:
        step.warn(f"The draft behind {workflow.key} could not be put back to version {theirs.version}: {refusal.message}")


def _restore_live(client: GPTBots) -> None:
    """Somebody may have taken the Workflow between our look and our release: then their version is what has to be live."""
    versions = client.versions()
    has = lease.current_holder(versions)
    theirs = lease.newest_claim(versions, has) if has else None
    if theirs and not theirs.published:
        client.release(theirs.version)


def _create(change: CreateLive, context: WriteContext, step: WriteProgress) -> None:
    """Make the copy. Where another run of the same pull request made one too, the older stays."""
    write_meingpt.create(change, context, step)
    client, note = context.clients.meingpt(change.workflow), change.preview.lease_tag if change.preview else ""
    first = next(iter(copies_of(tuple(client.workflows()), lease.parse_tag(note))), None)
    if first and first.id != step.target:
        client.delete(step.target)
        step.target = first.id
        write_meingpt.update(Replace(workflow=change.workflow, observed=change.observed, target=first.id, preview=change.preview), context, step)


def _who(change: Change) -> LeaseHolder:
    return lease.parse_tag(change.preview.lease_tag if change.preview else "")
