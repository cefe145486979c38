"""Writing where a platform keeps versions: import (never twice without knowing) and release (safe to repeat)."""

import os

from deployer.model import marker
from deployer.model.change import Change, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown
from deployer.model.marker import Marker
from deployer.model.observation import Version
from deployer.platforms.base import Imported
from deployer.platforms.draft_and_publish.client import VersionClient
from deployer.platforms.readback import confirm, outcome_unknown, send_once_more
from deployer.platforms.write_context import WriteContext, WriteProgress

AGAIN = "Run it again: it looks first, and imports only if that version is not there."


def import_and_release(client: VersionClient, change: WriteDraft, attempt: Marker, context: WriteContext, progress: WriteProgress) -> None:
    """Import, and release what came back if that was asked for.

    Raises OutcomeUnknown when it is unknown whether the import took effect, PlatformError when it did not or when the release failed.
    """
    imported = import_once(client, change, attempt, context)
    progress.version = imported.version
    progress.target = imported.target_id or progress.target
    progress.warn(f"The platform dropped something: {context.redact(imported.warning)}" if imported.warning else None)
    context.record(change, progress, draft=context.deploy_record(change, progress))
    if not change.release:
        return
    try:
        release(client, change, imported.version, context, progress)
    except FlowshipError as error:
        progress.warn(f"Version {imported.version} was imported. {_live_after(change, error)}")
        raise


def release(client: VersionClient, change: Change, version: str, context: WriteContext, progress: WriteProgress) -> None:
    """Make a version live. After a lost reply the version list decides. Raises OutcomeUnknown where it cannot be read."""
    progress.version = version
    try:
        progress.previous_version = client.release(version) or progress.previous_version
    except OutcomeUnknown as lost:
        confirm_release(client, version, lost, context)
    progress.live = True
    context.record(change, progress, live=context.deploy_record(change, progress))


def import_once(client: VersionClient, change: WriteDraft, attempt: Marker, context: WriteContext) -> Imported:
    """One import, and one more only when the first is known to have had no effect (docs/troubleshooting.md, "What is tried again").

    Raises OutcomeUnknown when it is unknown whether it took effect, PlatformError when it did not.
    """
    attempts: list[Marker] = []

    def send() -> Imported:
        attempts.append(marker.new(change.workflow.fingerprint) if attempts else attempt)
        description = marker.describe(context.message, context.commit, attempts[-1], change.preview.lease_tag if change.preview else "")
        return client.import_version(os.path.basename(change.workflow.path), change.workflow.source.upload, description)

    def look() -> Imported | None:
        made = next((version for version in client.versions() if _made_by(version, attempts[-1])), None)
        return Imported(made.bot_id, made.version) if made else None

    def unknown(lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
        fix = f"Look in the console for a version whose description ends in `{attempts[-1]}`. {AGAIN}"
        return outcome_unknown(lost, "the import took effect", fix, why)

    return send_once_more(context, send, look, unknown, "the versions")


def _live_after(change: WriteDraft, error: FlowshipError) -> str:
    """What is live after a release that failed, by what was read before it."""
    if isinstance(error, OutcomeUnknown) or not change.observed.readable:
        return "Which version is live is unknown."
    return f"It is the draft; {f'{change.previous_version} is still' if change.previous_version else 'no version is'} live."


def _made_by(version: Version, attempt: Marker) -> bool:
    return version.marker is not None and version.marker.attempt == attempt.attempt and version.marker.fingerprint == attempt.fingerprint


def confirm_release(client: VersionClient, version: str, lost: OutcomeUnknown, context: WriteContext) -> None:
    """Returns when the list shows that version live. Raises OutcomeUnknown where it cannot be read, PlatformError where it is not live."""
    fix = "Look in the console which version is published. Releasing again is safe: run it again."
    unknown = outcome_unknown(lost, f"version {version} is live", fix)
    look = lambda: next((listed for listed in client.versions() if listed.published and listed.version == version), None)  # noqa: E731
    confirm(context, lost, look, unknown=unknown, absent=f"Version {version} is not live")
