"""Records of interrupted runs: an earlier run wrote to a platform and was cut off before it recorded that. A later run that observes the
write records it for that run, so that the next plan has the workflow and a rollback has the release.
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
    """Records to make for the run of `intent`. `ended`: that intent is done."""

    workflow: str
    intent: Intent
    draft: DeployRecord | None
    live: DeployRecord | None
    ended: bool


def record_for_earlier_run(writes: Sequence[UnrecordedWrite], store: StateStore, environment: str, run: str) -> tuple[str, ...]:
    """Record the writes, except those of runs that may still do so themselves; returns notices of what failed. One request more on GitHub, and
    only where there are writes."""
    if not writes:
        return ()
    try:
        earlier_intents = store.concurrent_runs(environment, run, [write.workflow for write in writes]).earlier_intents
        for write in writes:
            if all(intent.run != write.intent.run for intent in earlier_intents.get(write.workflow, ())):
                _record(write, store, environment, run)
    except FlowshipError as error:
        return (f"What an earlier run had done to {', '.join(write.workflow for write in writes)} could not be recorded: {error.message}",)
    return ()


def _record(write: UnrecordedWrite, store: StateStore, environment: str, run: str) -> None:
    store.record(environment, write.intent.run if write.ended else run, write.workflow, draft=write.draft, live=write.live)
    if write.ended:
        store.finish(environment, write.intent.run, write.workflow, "done")


def find_unrecorded_write(change: Change, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """The write of an interrupted run; None where there is none, or where a rollback was interrupted, which is resumed instead."""
    if not record.open_intents or any(intent.action == ROLLBACK for intent in record.open_intents):
        return None
    observed = change.observed
    if observed.active or observed.definition is not None:
        return _written(change, observed, record, host)
    return _imported(change, observed, record, host) if observed.versions and isinstance(change, Unchanged) else None


def _imported(change: Change, observed: Observed, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    intent = _matching_intent(change, record)
    if intent is None:
        return None
    written = _record_of(change, intent, host)
    is_draft = observed.draft is not None and observed.draft.version == change.version
    draft = written if is_draft and not _is_recorded(record.draft, written) else None
    live = written if change.live and not _is_recorded(record.live, written) else None
    return UnrecordedWrite(change.workflow.name, intent, draft, live, ended=True) if draft or live else None


def _written(change: Change, observed: Observed, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """That a run of ours created it is recorded whatever is done to it now: the platform does not show it."""
    name, target = change.workflow.name, (host, change.target)
    known = any(last and (last.host, last.target) == target for last in (record.live, record.draft))
    created = next((intent for intent in record.open_intents if intent.action == "create" and not (known or change.workflow.id)), None)
    key = change.workflow.key if created else ""
    intent = _matching_intent(change, record) if isinstance(change, Unchanged) and change.live else None
    if intent:
        written = _record_of(
            change,
            intent,
            host,
            readback_fingerprint=target_of(change.workflow).readback_fingerprint(observed),
            updated_at=observed.revision,
            created=key,
        )
        return UnrecordedWrite(name, intent, None, written, ended=True) if not _is_recorded(record.live, written) else None
    return UnrecordedWrite(name, created, _record_of(change, created, host, created=key), None, ended=False) if created else None


def _matching_intent(change: Change, record: WorkflowRecord) -> Intent | None:
    return next((intent for intent in reversed(record.open_intents) if same_hash(intent.fingerprint, change.fingerprint)), None)


def _is_recorded(record: DeployRecord | None, written: DeployRecord) -> bool:
    """Is it the same content? By version where there are versions, else by fingerprint."""
    same_version = record and (record.host, record.target, record.version) == (written.host, written.target, written.version)
    return bool(same_version and record and (written.version or same_hash(record.fingerprint, written.fingerprint)))


def _record_of(change: Change, intent: Intent, host: str, *, readback_fingerprint: str = "", updated_at: str = "", created: str = "") -> DeployRecord:
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
        dirty=intent.dirty,
    )
