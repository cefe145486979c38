"""Writing to meinGPT: create (never blindly twice) and update; both live at once, then read back."""

from collections.abc import Mapping
from typing import Any

from deployer.model.change import CreateLive, Remove, Replace
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.observation import LiveDefinition
from deployer.platforms.in_place.plan import given_back
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.meingpt.payload import covers, wanted_body
from deployer.platforms.write_context import WriteContext, WriteProgress, wait_for_effect


def create(change: CreateLive, context: WriteContext, step: WriteProgress) -> None:
    """Create, make active, read back. Raises Unanswered when nobody can tell whether it was created."""
    client = context.meingpt(change.workflow)
    body = wanted_body(change.workflow, context.policy)
    step.target = _create(client, change, body, context)
    # Its id is ours from here on, whatever happens next: without it the next run would find a name that nobody claims.
    context.record(change, step, draft=context.deploy_record(change, step))
    seen = _read(client, step)
    if seen is None or seen.status != "active":
        client.update(step.target, {**body, "status": "active"})
        seen = _read(client, step)
    _confirm(change, body, seen, context, step)


def update(change: Replace, context: WriteContext, step: WriteProgress) -> None:
    """Replace the definition, read back. What is there is saved first when we did not put it there."""
    client = context.meingpt(change.workflow)
    _save(change, context, step)
    body = wanted_body(change.workflow, context.policy)
    try:
        client.update(step.target, {**body, "status": "active"})
        seen = _read(client, step)
    except OutcomeUnknown as lost:
        seen = confirm_update(client, step.target, body, lost, context)
    _confirm(change, body, seen, context, step)


def delete(change: Remove, context: WriteContext, step: WriteProgress) -> None:
    """Delete a workflow; one that is gone already is done (docs/contracts/meingpt.md, "Known silences"). Raises Unanswered when nobody can tell."""
    client = context.meingpt(change.workflow)
    _save(change, context, step)
    try:
        client.delete(step.target)
    except OutcomeUnknown as lost:
        confirm_delete(client, step.target, lost, context)
    context.remove(change, step)


def confirm_update(client: MeinGPT, target: str, body: Mapping[str, Any], lost: OutcomeUnknown, context: WriteContext) -> LiveDefinition:
    """What was sent, as soon as it is there: one of the tries may take effect late. Raises Unanswered where that cannot be read, PlatformError
    where it does not come."""

    def look() -> LiveDefinition | None:
        seen = LiveDefinition(target, client.workflow(target))
        return seen if _shows(body, seen) else None

    found, readable = wait_for_effect(context, lost.probe_seconds, look)
    if found:
        return found
    if not readable:
        raise _unknown(lost, "the update took effect", "Updating") from lost
    raise PlatformError(
        lost.platform, f"The update did not take effect: {lost.message}", code=lost.code, fix="Run it again.", status=lost.status
    ) from lost


def confirm_delete(client: MeinGPT, target: str, lost: OutcomeUnknown, context: WriteContext) -> None:
    """Returns when it is gone; see `_updated_after_all`."""

    def look() -> bool | None:
        try:
            client.workflow(target)
        except PlatformError as error:
            if error.code == "WORKFLOW_NOT_FOUND" or error.status == 404:
                return True
            raise
        return None

    gone, readable = wait_for_effect(context, lost.probe_seconds, look)
    if gone:
        return
    if not readable:
        raise _unknown(lost, "it was deleted", "Deleting") from lost
    raise PlatformError(lost.platform, f"It is still there: {lost.message}", code=lost.code, fix="Run it again.", status=lost.status) from lost


def _unknown(lost: OutcomeUnknown, what: str, doing: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        lost.platform,
        f"Whether {what} is unknown: {lost.message}",
        code=lost.code,
        patience=0,
        settled=False,
        fix=f"{doing} again is safe: run it again.",
        status=lost.status,
    )


def _create(client: MeinGPT, change: CreateLive, body: Mapping[str, Any], context: WriteContext) -> str:
    """The new workflow's id. One more try only when the first is known to have had no effect (docs/troubleshooting.md, "What is tried again")."""
    for last in (False, True):
        try:
            return str(client.create(body)["id"])
        except OutcomeUnknown as lost:
            found = _look_for(client, change, lost, context)
            if found:
                return found
            if last or not lost.absence_is_proof:
                raise _create_lost(change.as_name, lost, "the list does not show it") from lost
    raise AssertionError("the second try returns or raises")


def _look_for(client: MeinGPT, change: CreateLive, lost: OutcomeUnknown, context: WriteContext) -> str | None:
    """The id of the workflow of that name (there was none before), a preview's by what its description says; None when the list was
    read and has none."""
    note = change.preview.lease_tag if change.preview else ""
    found, readable = wait_for_effect(
        context,
        lost.probe_seconds,
        lambda: next((each.id for each in client.workflows() if each.name == change.as_name and each.description.endswith(note)), None),
    )
    if found:
        return found
    if not readable:
        raise _create_lost(change.as_name, lost, "the workflows cannot be listed") from lost
    return None


def _read(client: MeinGPT, step: WriteProgress) -> LiveDefinition | None:
    """What is there after the write; None (and a warning) when it cannot be read."""
    try:
        return LiveDefinition(step.target, client.workflow(step.target))
    except PlatformError as error:
        step.warn(f"It could not be read back: {error.message}")
        return None


def _shows(body: Mapping[str, Any], seen: LiveDefinition | None) -> bool:
    return seen is not None and seen.status == "active" and covers(seen.body, dict(body))


def _confirm(change: CreateLive | Replace, body: Mapping[str, Any], seen: LiveDefinition | None, context: WriteContext, step: WriteProgress) -> None:
    """Record what was given back. Raises PlatformError when it is not what was sent."""
    if seen is not None and not _shows(body, seen):
        raise PlatformError(
            "meingpt",
            f"meinGPT took the definition, but what it gives back for {step.target} is not what was sent (status {seen.status!r}).",
            code="NOT_AS_SENT",
            fix="Compare it in the console; a field the platform does not know is dropped there.",
        )
    step.live = True
    record = context.deploy_record(change, step, given_back=given_back(seen) if seen else "", updated_at=seen.updated_at if seen else "")
    context.record(change, step, live=record)


def _save(change: Replace | Remove, context: WriteContext, step: WriteProgress) -> None:
    if isinstance(change.observed, LiveDefinition) and change.save_first:
        step.warn(f"What was there is saved as {context.save(change, change.observed.body)}.")


def _create_lost(name: str, lost: OutcomeUnknown, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        lost.platform,
        f"Whether the workflow was created is unknown: {lost.message} And {why}.",
        code=lost.code,
        patience=0,
        settled=False,
        fix=f"Look in the console for a workflow named {name!r}. Run it again: it looks first, and creates only if that name is not there.",
        status=lost.status,
    )
