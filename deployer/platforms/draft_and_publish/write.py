"""Writing to GPTBots: import (never blindly twice) and release (safe to repeat)."""

import os

from deployer.model import marker
from deployer.model.change import Change, WriteDraft
from deployer.model.errors import FlowshipError, OutcomeUnknown, PlatformError
from deployer.model.marker import Marker
from deployer.model.observation import Version
from deployer.platforms.base import Imported
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.write_context import WriteContext, WriteProgress, wait_for_effect

AGAIN = "Run it again: it looks first, and imports only if that version is not there."


def send(change: WriteDraft, attempt: Marker, context: WriteContext, step: WriteProgress) -> None:
    """Import, and release what came back if that was asked for.

    Raises Unanswered when nobody can tell whether the import took effect, PlatformError when it did not or when the release failed.
    """
    client = context.gptbots(change.workflow)
    imported = import_once(client, change, attempt, context)
    step.version = imported.version
    step.target = imported.target_id or step.target
    step.warn(f"The platform dropped something: {context.redact(imported.warning)}" if imported.warning else None)
    context.record(change, step, draft=context.deploy_record(change, step))
    if not change.release:
        return
    try:
        release(change, imported.version, context, step)
    except FlowshipError:
        still = f"{change.previous_version} is still live" if change.previous_version else "nothing is live"
        step.warn(f"Version {imported.version} was imported and is the draft; {still}.")
        raise


def release(change: Change, version: str, context: WriteContext, step: WriteProgress) -> None:
    """Make a version live. After a lost reply the version list tells; where it cannot be read, raises Unanswered."""
    client = context.gptbots(change.workflow)
    step.version = version
    try:
        step.previous_version = client.release(version) or step.previous_version
    except OutcomeUnknown as lost:
        confirm_release(client, version, lost, context)
    step.live = True
    context.record(change, step, live=context.deploy_record(change, step))


def import_once(client: GPTBots, change: WriteDraft, attempt: Marker, context: WriteContext) -> Imported:
    """One import, and one more only when the first is known to have had no effect (docs/troubleshooting.md, "What is tried again").

    Raises Unanswered when nobody can tell whether it took effect, PlatformError when it did not.
    """
    try:
        return _send_once(client, change, attempt, context)
    except OutcomeUnknown as lost:
        found = _look_for(client, attempt, lost, context)
        if found:
            return found
        if not lost.absence_is_proof:
            raise _unknown(attempt, lost, "the versions do not show it yet") from lost
    second = marker.new(change.workflow.fingerprint)
    try:
        return _send_once(client, change, second, context)
    except OutcomeUnknown as lost:
        found = _look_for(client, second, lost, context)
        if found:
            return found
        raise _unknown(second, lost, "the versions do not show it") from lost


def _send_once(client: GPTBots, change: WriteDraft, attempt: Marker, context: WriteContext) -> Imported:
    description = marker.describe(context.message, context.commit, attempt, change.preview.lease_tag if change.preview else "")
    return client.import_version(os.path.basename(change.workflow.path), change.workflow.source.upload, description)


def _look_for(client: GPTBots, attempt: Marker, lost: OutcomeUnknown, context: WriteContext) -> Imported | None:
    """The version that this attempt made; None when the list was read and does not show it. Raises `unknown` when unreadable."""
    made, readable = wait_for_effect(
        context, lost.probe_seconds, lambda: next((version for version in client.versions() if _made_by(version, attempt)), None)
    )
    if made:
        return Imported(made.bot_id, made.version)
    if not readable:
        raise _unknown(attempt, lost, "the versions cannot be listed") from lost
    return None


def _made_by(version: Version, attempt: Marker) -> bool:
    return version.marker is not None and version.marker.attempt == attempt.attempt and version.marker.fingerprint == attempt.fingerprint


def confirm_release(client: GPTBots, version: str, lost: OutcomeUnknown, context: WriteContext) -> None:
    """Returns when the list shows that version live: one of the tries may take effect late. Raises Unanswered where it cannot be read."""
    live, readable = wait_for_effect(
        context, lost.probe_seconds, lambda: next((each for each in client.versions() if each.published and each.version == version), None)
    )
    if live:
        return
    if not readable:
        raise OutcomeUnknown(
            lost.platform,
            f"Whether version {version} is live is unknown: {lost.message}",
            code=lost.code,
            patience=0,
            settled=False,
            fix="Look in the console which version is published. Releasing again is safe: run it again.",
            status=lost.status,
        ) from lost
    raise PlatformError(
        lost.platform, f"Version {version} is not live: {lost.message}", code=lost.code, fix="Run it again.", status=lost.status
    ) from lost


def _unknown(attempt: Marker, lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        lost.platform,
        f"Whether the import took effect is unknown: {lost.message} And {why}.",
        code=lost.code,
        patience=0,
        settled=False,
        fix=f"Look in the console for a version whose description ends in `{attempt}`. {AGAIN}",
        status=lost.status,
    )
