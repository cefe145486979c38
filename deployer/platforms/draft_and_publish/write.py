"""Writing where a platform keeps versions: import (never twice without knowing) and release (safe to repeat)."""

import os
from collections.abc import Sequence

from deployer.model import marker
from deployer.model.change import Change, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown
from deployer.model.marker import Marker
from deployer.model.observation import Version
from deployer.platforms.base import Imported
from deployer.platforms.draft_and_publish.client import VersionClient
from deployer.platforms.readback import confirm, outcome_unknown, send_once_more
from deployer.platforms.write_context import WriteContext, WriteProgress

AGAIN = "Run it again once the versions can be listed: it looks first, and imports only if that version is not there."


def import_and_release(client: VersionClient, change: WriteDraft, attempt: Marker, context: WriteContext, progress: WriteProgress) -> None:
    """Import, and release what came back if that was asked for.

    Raises OutcomeUnknown when it is unknown whether the import took effect, PlatformError when it did not or when the release failed.
    """
    imported = import_once(client, change, attempt, context)
    progress.version = imported.version
    progress.target = imported.target_id or progress.target
    progress.warn(f"The platform dropped something: {context.redact(imported.warning)}" if imported.warning else None)
    context.record(change, progress, draft=context.deploy_record(change, progress))
    if change.release:
        release(client, change, imported.version, context, progress, imported=True)


def release(client: VersionClient, change: Change, version: str, context: WriteContext, progress: WriteProgress, *, imported: bool = False) -> None:
    """Make a version live. After a lost reply the version list decides. Raises OutcomeUnknown where it cannot be read. `imported`: in this run."""
    progress.version = version
    try:
        progress.previous_version = _release(client, version, context) or progress.previous_version
    except FlowshipError as error:
        progress.warn(f"Version {version} was imported." if imported else None)
        progress.warn(None if isinstance(error.__cause__, OutcomeUnknown) else _listed_now(client, version, progress))
        raise
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
        made = find_made(client.versions(), attempts)
        return Imported(made.target_id, made.version) if made else None

    def unknown(lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
        fix = f"Look in the console for a version whose description ends in `{attempts[-1]}`. {AGAIN}"
        return outcome_unknown(lost, "the import took effect", fix, why)

    return send_once_more(context, send, look, unknown, "the versions")


def _release(client: VersionClient, version: str, context: WriteContext) -> str | None:
    """The version that was live before, where the platform tells."""
    try:
        return client.release(version)
    except OutcomeUnknown as lost:
        confirm_release(client, version, lost, context)
        return None


def _listed_now(client: VersionClient, version: str, progress: WriteProgress) -> str:
    """What is draft and live after a release that failed, in words: by the list."""
    try:
        versions = client.versions()
    except FlowshipError:
        return "Which version is live could not be read."
    progress.live = any(listed.published and listed.version == version for listed in versions)
    if progress.live:
        return "By the list it is live."
    draft = "it is the draft, and " if versions and versions[0].version == version else ""
    return f"By the list {draft}{_live_among(versions)} is live."


def _live_among(versions: tuple[Version, ...]) -> str:
    live = next((version.version for version in versions if version.published), None)
    return f"version {live}" if live else "no version"


def find_made(versions: tuple[Version, ...], attempts: Sequence[Marker]) -> Version | None:
    """The newest version that one of these attempts made; None without one."""
    made = {(attempt.fingerprint, attempt.attempt) for attempt in attempts}
    return next((version for version in versions if version.marker and version.marker[:2] in made), None)


def confirm_release(client: VersionClient, version: str, lost: OutcomeUnknown, context: WriteContext) -> None:
    """Returns when the list shows that version live. Raises OutcomeUnknown where it cannot be read, PlatformError where it is not live."""
    fix = "Look in the console which version is published. Releasing again is safe: run it again."
    unknown = outcome_unknown(lost, f"version {version} is live", fix)
    shown: tuple[Version, ...] = ()

    def look() -> bool | None:
        nonlocal shown
        shown = client.versions()
        return True if any(listed.published and listed.version == version for listed in shown) else None

    confirm(context, lost, look, unknown=unknown, absent=lambda: f"Version {version} is not live: by the list {_live_among(shown)} is")
