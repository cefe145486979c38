"""Writing where a platform keeps one definition: create (never twice without knowing) and replace, both live at once, then read back."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from deployer.model import lease
from deployer.model.change import CreateLive, Remove, Replace
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.lease import LeaseHolder
from deployer.model.observation import Observed
from deployer.platforms.base import Summary
from deployer.platforms.readback import REPEAT, confirm, outcome_unknown, send_once_more, wait_for_effect
from deployer.platforms.write_context import WriteContext, WriteProgress

if TYPE_CHECKING:
    from deployer.platforms.in_place.target import InPlace

SETTLE_SECONDS = 3.5  # for the platform to show what it has taken


def create(target: "InPlace", change: CreateLive, context: WriteContext, progress: WriteProgress) -> None:
    """Create, make active, read back. Raises OutcomeUnknown when it is unknown whether it was created."""
    body = target.body(context.policy)
    progress.target = _create_once(target, change, body, context)
    # Its id is ours from here on, whatever happens next: without it the next run would find a name without an owner.
    context.record(change, progress, draft=context.deploy_record(change, progress))
    existing = _read(target, progress.target)
    if isinstance(existing, PlatformError):
        existing = _update_unread(target, progress.target, body, context)
    elif not existing.active:
        existing = _update(target, progress.target, body, context)
    _record_as_sent(target, change, body, existing, context, progress)


def replace_definition(target: "InPlace", change: Replace, context: WriteContext, progress: WriteProgress) -> None:
    """Replace the definition, read back. What is there is saved first when we did not put it there."""
    _save(change, context, progress)
    body = target.body(context.policy)
    _record_as_sent(target, change, body, _update(target, progress.target, body, context), context, progress)


def remove(target: "InPlace", change: Remove, context: WriteContext, progress: WriteProgress) -> None:
    """Delete a workflow; one that is gone already is done. Raises OutcomeUnknown when the result is unknown."""
    _save(change, context, progress)
    try:
        if _delete(target, progress.target):
            _require_gone(target, progress.target, context, progress)
    except OutcomeUnknown as lost:
        confirm_delete(target, progress.target, lost, context)
    context.remove(change, progress)


def _delete(target: "InPlace", id_: str) -> bool:
    """False where there was none."""
    try:
        return target.connect().delete(id_)
    except OutcomeUnknown:
        raise
    except PlatformError as error:
        if target.is_gone(error.code):
            return False
        raise


def copies_of(rows: Iterable[Summary], holder: LeaseHolder) -> list[Summary]:
    """The copies of one pull request and workflow, oldest first. More than one is a mishap: two runs at once, one of them cut off."""
    return sorted((row for row in rows if lease.tag_in_description(row.description) == holder), key=lambda row: (row.created_at, row.id))


def create_copy(target: "InPlace", change: CreateLive, context: WriteContext, progress: WriteProgress) -> None:
    """Make a preview's copy. Where another run of the same pull request made one too, the older stays."""
    create(target, change, context, progress)
    client, tag = target.connect(), change.preview.lease_tag if change.preview else ""
    first = next(iter(copies_of(tuple(client.workflows()), lease.parse_tag(tag))), None)
    if first and first.id != progress.target:
        _delete(target, progress.target)
        progress.target = first.id
        older = Replace(workflow=change.workflow, observed=change.observed, target=first.id, preview=change.preview)
        replace_definition(target, older, context, progress)


def confirm_update(target: "InPlace", id_: str, body: Mapping[str, Any], lost: OutcomeUnknown, context: WriteContext) -> Observed:
    """What was sent, as soon as it is there. Raises OutcomeUnknown where that cannot be read, PlatformError where it does not come."""

    def look() -> Observed | None:
        observed = target.read(id_)
        return observed if _shows(target, body, observed) else None

    unknown = outcome_unknown(lost, "the update took effect", "Updating again is safe: run it again.")
    return confirm(context, lost, look, unknown=unknown, absent=lambda: f"{id_} was read, and is not what was sent")


def confirm_delete(target: "InPlace", id_: str, lost: OutcomeUnknown, context: WriteContext) -> None:
    """Returns when it is gone; raises as `confirm_update` does."""

    unknown = outcome_unknown(lost, "it was deleted", "Deleting again is safe: run it again.")
    confirm(context, lost, lambda: _is_gone(target, id_) or None, unknown=unknown, absent=lambda: f"{id_} is still there")


def _is_gone(target: "InPlace", id_: str) -> bool:
    """Raises PlatformError where that cannot be read."""
    try:
        target.read(id_)
    except PlatformError as error:
        if target.is_gone(error.code):
            return True
        raise
    return False


def _require_gone(target: "InPlace", id_: str, context: WriteContext, progress: WriteProgress) -> None:
    """After a deletion that the platform took: raises PlatformError where it is still there."""
    gone, readable = wait_for_effect(context, SETTLE_SECONDS, lambda: _is_gone(target, id_) or None)
    if gone:
        return
    if not readable:
        progress.warn(f"{target.title} took the deletion of {id_}, and whether it is gone could not be read.")
        return
    progress.is_unclear = True
    message = f"{target.title} took the deletion, and {id_} is still there."
    raise PlatformError(target.workflow.platform, message, code="NOT_AS_SENT", fix=REPEAT)


def _create_once(target: "InPlace", change: CreateLive, body: Mapping[str, Any], context: WriteContext) -> str:
    """The new workflow's id. One more try only when the first is known to have had no effect (docs/troubleshooting.md, "What is tried again").
    After a lost reply it is looked for by its name (there was none before), a preview's by what its description says."""
    client, tag = target.connect(), change.preview.lease_tag if change.preview else ""

    def look() -> str | None:
        return next((row.id for row in client.workflows() if row.name == change.as_name and row.description.endswith(tag)), None)

    def unknown(lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
        fix = (
            f"Look in the console for a workflow named {change.as_name!r}. Run it again: it looks first, and creates only if that name is not there."
        )
        return outcome_unknown(lost, "the workflow was created", fix, why)

    return send_once_more(context, lambda: str(client.create(body)["id"]), look, unknown, "the workflows")


def _update_unread(target: "InPlace", id_: str, body: Mapping[str, Any], context: WriteContext) -> Observed | PlatformError:
    """`_update` of a workflow that was created and could not be read: it may be live already. Raises OutcomeUnknown where it still is not read."""
    try:
        return _update(target, id_, body, context)
    except OutcomeUnknown:
        raise
    except PlatformError as error:
        if isinstance(error.__cause__, OutcomeUnknown):
            raise  # it was read after a lost reply
        message = f"{id_} was created, and whether it is live is unknown: {error.message}"
        raise OutcomeUnknown(
            error.platform, message, code=error.code, fix=error.fix, probe_seconds=0, absence_is_proof=False, status=error.status
        ) from error


def _update(target: "InPlace", id_: str, body: Mapping[str, Any], context: WriteContext) -> Observed | PlatformError:
    """What is there after the update, as soon as it is what was sent; why it could not be read. Raises as `confirm_update` does."""
    try:
        target.connect().update(id_, target.activated(body))
    except OutcomeUnknown as lost:
        return confirm_update(target, id_, body, lost, context)
    existing = _read(target, id_)
    for _ in context.poll_schedule(SETTLE_SECONDS):
        if isinstance(existing, PlatformError) or _shows(target, body, existing):
            break
        existing = _read(target, id_)
    return existing


def _read(target: "InPlace", id_: str) -> Observed | PlatformError:
    try:
        return target.read(id_)
    except PlatformError as error:
        return error


def _shows(target: "InPlace", body: Mapping[str, Any], observed: Observed) -> bool:
    return observed.active and target.covers(observed.definition, dict(body))


def _record_as_sent(
    target: "InPlace",
    change: CreateLive | Replace,
    body: Mapping[str, Any],
    existing: Observed | PlatformError,
    context: WriteContext,
    progress: WriteProgress,
) -> None:
    """Record what came back. Raises PlatformError when it is not what was sent."""
    if isinstance(existing, PlatformError):
        progress.live = True
        why = existing.message.rstrip(".")
        progress.warn(f"{target.title} accepted the definition, but it could not be read back: {why}. The next run reads it again.")
        context.record(change, progress, live=context.deploy_record(change, progress, read_back=False))
        return
    readback, updated_at = target.readback_fingerprint(existing), existing.revision
    if not _shows(target, body, existing):
        # What is there is ours all the same, and no edit: the next run writes it again.
        context.record(change, progress, draft=context.deploy_record(change, progress, readback_fingerprint=readback, updated_at=updated_at))
        progress.is_unclear = True
        status = (existing.definition or {}).get(target.status_field, "")
        raise PlatformError(
            change.workflow.platform,
            f"{target.title} accepted the definition of {progress.target}, but returns another one (status {status!r}).",
            code="NOT_AS_SENT",
            fix="Compare the two in the console: the platform drops fields that it does not know.",
        )
    progress.live = True
    context.record(change, progress, live=context.deploy_record(change, progress, readback_fingerprint=readback, updated_at=updated_at))


def _save(change: Replace | Remove, context: WriteContext, progress: WriteProgress) -> None:
    if change.observed.definition is not None and change.save_first:
        progress.warn(f"What was there is saved as {context.save(change, change.observed.definition)}.")
