"""Writing to meinGPT: create (never blindly twice) and update; both live at once, then read back."""

from collections.abc import Mapping
from typing import Any

from deployer.model.change import Create, Delete, Update
from deployer.model.errors import PlatformError, Unanswered
from deployer.model.observation import Definition
from deployer.platforms.in_place.plan import given_back
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.meingpt.payload import covers, wanted_body
from deployer.platforms.write_context import Context, Step, look_late


def create(change: Create, context: Context, step: Step) -> None:
    """Create, make active, read back. Raises Unanswered when nobody can tell whether it was created."""
    client = context.meingpt(change.workflow)
    body = wanted_body(change.workflow, context.policy)
    step.target = _create(client, change, body, context)
    # Its id is ours from here on, whatever happens next: without it the next run would find a name that nobody claims.
    context.keep(change, step, draft=context.entry(change, step))
    seen = _read(client, step)
    if seen is None or seen.status != "active":
        client.update(step.target, {**body, "status": "active"})
        seen = _read(client, step)
    _confirm(change, body, seen, context, step)


def update(change: Update, context: Context, step: Step) -> None:
    """Replace the definition, read back. What is there is saved first when we did not put it there."""
    client = context.meingpt(change.workflow)
    _save(change, context, step)
    body = wanted_body(change.workflow, context.policy)
    try:
        client.update(step.target, {**body, "status": "active"})
        seen = _read(client, step)
    except Unanswered as lost:
        seen = _updated_after_all(client, step.target, body, lost, context)
    _confirm(change, body, seen, context, step)


def delete(change: Delete, context: Context, step: Step) -> None:
    """Delete a workflow; one that is gone already is done (docs/contracts/meingpt.md, "Known silences"). Raises Unanswered when nobody can tell."""
    client = context.meingpt(change.workflow)
    _save(change, context, step)
    try:
        client.delete(step.target)
    except Unanswered as lost:
        _deleted_after_all(client, step.target, lost, context)
    context.forget(change, step)


def _updated_after_all(client: MeinGPT, target: str, body: Mapping[str, Any], lost: Unanswered, context: Context) -> Definition:
    """What was sent, as soon as it is there: one of the tries may take effect late. Raises Unanswered where that cannot be read, PlatformError
    where it does not come."""

    def look() -> Definition | None:
        seen = Definition(target, client.workflow(target))
        return seen if _shows(body, seen) else None

    found, readable = look_late(context, lost.patience, look)
    if found:
        return found
    if not readable:
        raise _unknown(lost, "the update took effect", "Updating") from lost
    raise PlatformError(
        lost.platform, f"The update did not take effect: {lost.message}", code=lost.code, cure="Run it again.", status=lost.status
    ) from lost


def _deleted_after_all(client: MeinGPT, target: str, lost: Unanswered, context: Context) -> None:
    """Returns when it is gone; see `_updated_after_all`."""

    def look() -> bool | None:
        try:
            client.workflow(target)
        except PlatformError as error:
            if error.code == "WORKFLOW_NOT_FOUND" or error.status == 404:
                return True
            raise
        return None

    gone, readable = look_late(context, lost.patience, look)
    if gone:
        return
    if not readable:
        raise _unknown(lost, "it was deleted", "Deleting") from lost
    raise PlatformError(lost.platform, f"It is still there: {lost.message}", code=lost.code, cure="Run it again.", status=lost.status) from lost


def _unknown(lost: Unanswered, what: str, doing: str) -> Unanswered:
    return Unanswered(
        lost.platform,
        f"Whether {what} is unknown: {lost.message}",
        code=lost.code,
        patience=0,
        settled=False,
        cure=f"{doing} again is safe: run it again.",
        status=lost.status,
    )


def _create(client: MeinGPT, change: Create, body: Mapping[str, Any], context: Context) -> str:
    """The new workflow's id. One more try only when the first is known to have had no effect (docs/troubleshooting.md, "What is tried again")."""
    for last in (False, True):
        try:
            return str(client.create(body)["id"])
        except Unanswered as lost:
            found = _look_for(client, change, lost, context)
            if found:
                return found
            if last or not lost.settled:
                raise _create_lost(change.as_name, lost, "the list does not show it") from lost
    raise AssertionError("the second try returns or raises")


def _look_for(client: MeinGPT, change: Create, lost: Unanswered, context: Context) -> str | None:
    """The id of the workflow of that name (there was none before), a preview's by what its description says; None when the list was
    read and has none."""
    note = change.preview.note if change.preview else ""
    found, readable = look_late(
        context,
        lost.patience,
        lambda: next((each.id for each in client.workflows() if each.name == change.as_name and each.description.endswith(note)), None),
    )
    if found:
        return found
    if not readable:
        raise _create_lost(change.as_name, lost, "the workflows cannot be listed") from lost
    return None


def _read(client: MeinGPT, step: Step) -> Definition | None:
    """What is there after the write; None (and a warning) when it cannot be read."""
    try:
        return Definition(step.target, client.workflow(step.target))
    except PlatformError as error:
        step.warn(f"It could not be read back: {error.message}")
        return None


def _shows(body: Mapping[str, Any], seen: Definition | None) -> bool:
    return seen is not None and seen.status == "active" and covers(seen.body, dict(body))


def _confirm(change: Create | Update, body: Mapping[str, Any], seen: Definition | None, context: Context, step: Step) -> None:
    """Record what was given back. Raises PlatformError when it is not what was sent."""
    if seen is not None and not _shows(body, seen):
        raise PlatformError(
            "meingpt",
            f"meinGPT took the definition, but what it gives back for {step.target} is not what was sent (status {seen.status!r}).",
            code="NOT_AS_SENT",
            cure="Compare it in the console; a field the platform does not know is dropped there.",
        )
    step.live = True
    record = context.entry(change, step, given_back=given_back(seen) if seen else "", updated_at=seen.updated_at if seen else "")
    context.keep(change, step, live=record)


def _save(change: Update | Delete, context: Context, step: Step) -> None:
    if isinstance(change.observed, Definition) and change.save_first:
        step.warn(f"What was there is saved as {context.save(change, change.observed.body)}.")


def _create_lost(name: str, lost: Unanswered, why: str) -> Unanswered:
    return Unanswered(
        lost.platform,
        f"Whether the workflow was created is unknown: {lost.message} And {why}.",
        code=lost.code,
        patience=0,
        settled=False,
        cure=f"Look in the console for a workflow named {name!r}. Run it again: it looks first, and creates only if that name is not there.",
        status=lost.status,
    )
