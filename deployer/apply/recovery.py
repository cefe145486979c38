"""Records of interrupted runs: an earlier run wrote to a platform and was stopped before it recorded that, or could not read it back. A later run
that observes the write plans with its record, and records it for that run, so that a rollback has the release.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model.errors import FlowshipError
from deployer.model.observation import Observed
from deployer.model.workflow import Workflow
from deployer.platforms.registry import target_of
from deployer.state import events
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, Intent, StateStore, WorkflowRecord
from deployer.state.replay import replay

ALL = 1_000_000  # releases and evals: what is replayed here is kept whole


class UnrecordedWrite(NamedTuple):
    """Records to make. `intent`: of the run that wrote, None where it has recorded that and could not read it back. `ended`: that intent is done."""

    workflow: str
    intent: Intent | None
    draft: DeployRecord | None
    live: DeployRecord | None
    ended: bool

    def recorder(self, run: str) -> str:
        """The run that the records are made for: the one that wrote, where it is done; else `run`, which makes them."""
        return self.intent.run if self.intent and self.ended else run


def find_unrecorded_writes(
    workflows: Iterable[Workflow], observed: Mapping[str, Observed], state: EnvironmentState, hosts: Mapping[str, str]
) -> tuple[UnrecordedWrite, ...]:
    """The writes that are there and not in the state. `hosts`: the base URL by workflow name."""
    writes = (find_unrecorded_write(workflow, observed[workflow.name], state.of(workflow.name), hosts[workflow.name]) for workflow in workflows)
    return tuple(filter(None, writes))


def with_writes(state: EnvironmentState, writes: Sequence[UnrecordedWrite], environment: str, run: str) -> EnvironmentState:
    """The state as it is once these writes are recorded."""
    workflows = dict(state.workflows)
    for write in writes:
        name, recorder = write.workflow, write.recorder(run)
        known = events.known_event(environment, name, state.of(name), ALL)
        recorded = [known, events.record_event(environment, recorder, name, write.draft, write.live)]
        recorded += [events.outcome_event(environment, recorder, name, "done")] if write.ended else []
        workflows[name] = replay(recorded, environment).of(name)
    return replace(state, workflows=workflows)


def record_for_earlier_run(writes: Sequence[UnrecordedWrite], store: StateStore, environment: str, run: str) -> tuple[str, ...]:
    """Record the writes, except those of runs that may still do so themselves; returns notices of what failed. One request more on GitHub, and
    only where there are writes."""
    if not writes:
        return ()
    try:
        earlier_intents = store.concurrent_runs(environment, run, [write.workflow for write in writes]).earlier_intents
        for write in writes:
            if write.intent is None or all(intent.run != write.intent.run for intent in earlier_intents.get(write.workflow, ())):
                _record(write, store, environment, run)
    except FlowshipError as error:
        return (f"What an earlier run had done to {', '.join(write.workflow for write in writes)} could not be recorded: {error.message}",)
    return ()


def _record(write: UnrecordedWrite, store: StateStore, environment: str, run: str) -> None:
    store.record(environment, write.recorder(run), write.workflow, draft=write.draft, live=write.live)
    if write.ended:
        store.finish(environment, write.recorder(run), write.workflow, "done")


def find_unrecorded_write(workflow: Workflow, observed: Observed, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """The write of one workflow; None where there is none, or where a rollback was interrupted, which is resumed instead."""
    own, live = observed.own_write, record.live
    if live and not live.read_back and live.host == host and own and own.proven and own.run == live.run:
        return UnrecordedWrite(workflow.name, None, None, _as_read_back(workflow, observed, live), ended=False)
    if not record.open_intents or any(intent.action == ROLLBACK for intent in record.open_intents):
        return None
    return _imported(workflow, observed, record, host) if observed.versions else _written(workflow, observed, record, host)


def _as_read_back(workflow: Workflow, observed: Observed, record: DeployRecord) -> DeployRecord:
    readback = target_of(workflow).readback_fingerprint(observed)
    return replace(record, readback_fingerprint=readback, updated_at=observed.revision, read_back=True)


def _imported(workflow: Workflow, observed: Observed, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """By the markers of the newest and the live version."""
    for intent in reversed(record.open_intents):
        draft, live = (
            _record_of(intent, observed.id, host, version=version.version)
            if version and version.marker and version.marker.marks(intent.fingerprint)
            else None
            for version in (observed.draft, observed.live)
        )
        is_live = live is not None and intent.release
        draft = draft if draft and not _is_recorded(record.draft, draft) else None
        live = live if live and intent.release and not _is_recorded(record.live, live) else None
        if draft or live:
            return UnrecordedWrite(workflow.name, intent, draft, live, ended=is_live or not intent.release)
    return None


def _written(workflow: Workflow, observed: Observed, record: WorkflowRecord, host: str) -> UnrecordedWrite | None:
    """That a run of ours created it is recorded whatever is there now: the platform does not show it."""
    own = observed.own_write
    intent = next((intent for intent in reversed(record.open_intents) if own and intent.run == own.run), None)
    if own is None or intent is None:
        return None
    known = workflow.id or any(entry and (entry.host, entry.target) == (host, observed.id) for entry in (record.live, record.draft))
    created = workflow.key if intent.action == "create" and not known else ""
    written = _record_of(intent, observed.id, host, created=created)
    if own.proven and observed.active:
        return UnrecordedWrite(workflow.name, intent, None, _as_read_back(workflow, observed, written), ended=True)
    return UnrecordedWrite(workflow.name, intent, written, None, ended=False) if created else None


def _is_recorded(record: DeployRecord | None, written: DeployRecord) -> bool:
    """Is it the same version?"""
    return record is not None and (record.host, record.target, record.version) == (written.host, written.target, written.version)


def _record_of(intent: Intent, target: str, host: str, *, version: str = "", created: str = "") -> DeployRecord:
    return DeployRecord(
        fingerprint=intent.fingerprint,
        version=version,
        target=target,
        host=host,
        commit=intent.commit,
        run=intent.run,
        time=time.time_ns() // 1_000_000,
        created_with_key=created,
    )
