"""What an earlier run did and could not say any more: it was cut off between a write and its record. Whoever finds it says it for that run:
so the next one knows the workflow, and going back knows the release.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

from deployer.model.change import Change, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed
from deployer.platforms.registry import target_of
from deployer.state.base import ROLLBACK, DeployRecord, Intent, StateStore, WorkflowRecord


class UnrecordedWrite(NamedTuple):
    """Records to make for the run that meant `intent`. `ended`: nothing is left of that intent."""

    workflow: str
    intent: Intent
    draft: DeployRecord | None
    live: DeployRecord | None
    ended: bool


def record_for_earlier_run(found: Sequence[UnrecordedWrite], store: StateStore, environment: str, run: str) -> tuple[str, ...]:
    """Record it, but not for a run that may still do so itself. Gives back what went wrong with that. One request more on GitHub, and only
    where there is something to say."""
    if not found:
        return ()
    try:
        going = store.concurrent_runs(environment, run, [each.workflow for each in found]).earlier_intents
        for each in found:
            if all(intent.run != each.intent.run for intent in going.get(each.workflow, ())):
                _say(each, store, environment, run)
    except FlowshipError as error:
        return (f"What an earlier run had done to {', '.join(each.workflow for each in found)} could not be recorded: {error.message}",)
    return ()


def _say(each: UnrecordedWrite, store: StateStore, environment: str, run: str) -> None:
    store.record(environment, each.intent.run if each.ended else run, each.workflow, draft=each.draft, live=each.live)
    if each.ended:
        store.finish(environment, each.intent.run, each.workflow, "done")


def find_unrecorded_write(change: Change, recorded: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """What there is to say. A rollback that was cut off is gone on with, and nothing is said for it."""
    if not recorded.open_intents or any(intent.action == ROLLBACK for intent in recorded.open_intents):
        return None
    observed = change.observed
    if observed.active or observed.definition is not None:
        return _written(change, observed, recorded, host)
    return _imported(change, observed, recorded, host) if observed.versions and isinstance(change, Unchanged) else None


def _imported(change: Change, seen: Observed, recorded: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    intent = _intent(change, recorded)
    if intent is None:
        return None
    entry = _entry(change, intent, host)
    is_draft = seen.draft is not None and seen.draft.version == change.version
    draft = entry if is_draft and not _knows(recorded.draft, entry) else None
    live = entry if change.live and not _knows(recorded.live, entry) else None
    return UnrecordedWrite(change.workflow.name, intent, draft, live, ended=True) if draft or live else None


def _written(change: Change, seen: Observed, recorded: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """That one of ours created it is said whatever is done to it now: nothing else tells."""
    name, known = change.workflow.name, any(each and (each.host, each.target) == (host, change.target) for each in (recorded.live, recorded.draft))
    created = next((intent for intent in recorded.open_intents if intent.action == "create" and not (known or change.workflow.id)), None)
    key = change.workflow.key if created else ""
    intent = _intent(change, recorded) if isinstance(change, Unchanged) and change.live else None
    if intent:
        entry = _entry(
            change, intent, host, readback_fingerprint=target_of(change.workflow).readback_fingerprint(seen), updated_at=seen.revision, created=key
        )
        return UnrecordedWrite(name, intent, None, entry, ended=True) if not _knows(recorded.live, entry) else None
    return UnrecordedWrite(name, created, _entry(change, created, host, created=key), None, ended=False) if created else None


def _intent(change: Change, recorded: WorkflowRecord) -> Intent | None:
    return next((each for each in reversed(recorded.open_intents) if same_hash(each.fingerprint, change.fingerprint)), None)


def _knows(recorded: DeployRecord | None, entry: DeployRecord) -> bool:
    """Versions tell content apart where there are any; else the fingerprint does."""
    told = recorded and (recorded.host, recorded.target, recorded.version) == (entry.host, entry.target, entry.version)
    return bool(told and recorded and (entry.version or same_hash(recorded.fingerprint, entry.fingerprint)))


def _entry(change: Change, intent: Intent, host: str, *, readback_fingerprint: str = "", updated_at: str = "", created: str = "") -> DeployRecord:
    return DeployRecord(
        fingerprint=intent.fingerprint,
        version=change.version or "",
        target=change.target,
        host=host,
        commit=intent.commit,
        run=intent.run,
        time=time.time_ns() // 1_000_000,
        readback_fingerprint=readback_fingerprint,
        updated_at=updated_at,
        created_with_key=created,
    )
