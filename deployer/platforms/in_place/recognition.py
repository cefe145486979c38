"""Whether what is there is what a run of ours sent, although no run has read it back: it was stopped between its write and its record, or its
read-back failed. Pure but for `source_at`.

What was sent is compared with what is there. Where it is not at hand any more, or the platform changed it, the time of the last write tells.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from deployer.model.observation import Observed, OwnWrite
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.platforms.restore import SourceAt
from deployer.state.base import ROLLBACK, WorkflowRecord

if TYPE_CHECKING:
    from deployer.platforms.in_place.target import InPlace

WRITES = ("create", "update", ROLLBACK)


class _SentDefinition(NamedTuple):
    """What a run sent. `until`: when it had sent it at the latest, in epoch milliseconds. `accepted`: the platform took it."""

    run: str
    fingerprint: str
    commit: str
    until: int
    accepted: bool
    activated: bool = True


def find_own_write(target: "InPlace", observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> OwnWrite | None:
    """The newest write of ours that explains what is there; None where none does, or where it is as it was last read back."""
    live = record.live
    if live and live.read_back and live.target == observed.id and target.is_as_left(observed, live):
        return None
    unproven: OwnWrite | None = None
    for sent in _sent_definitions(record, observed):
        by_time = _written_until(observed, sent.until)
        source = _source(target.workflow, sent, source_at)
        if source and _is_there(target, source, observed, policy, sent, by_time=by_time is not False):
            return OwnWrite(sent.run, sent.fingerprint, proven=True)
        if by_time and (sent.accepted or not source):
            unproven = unproven or OwnWrite(sent.run, sent.fingerprint, proven=False)
    return unproven


def _sent_definitions(record: WorkflowRecord, observed: Observed) -> Iterator[_SentDefinition]:
    """Newest first."""
    for intent in reversed(record.open_intents):
        if intent.action in WRITES:
            yield _SentDefinition(intent.run, intent.fingerprint, intent.commit, intent.gives_up_at, False, intent.action != "create")
    live = record.live
    if live and not live.read_back and live.target == observed.id:
        yield _SentDefinition(live.run, live.fingerprint, live.commit, live.time, True)


def _source(workflow: Workflow, sent: _SentDefinition, source_at: SourceAt) -> Source | None:
    """The definition that was sent: the file as it is, where it still is that; else as its commit has it. None where neither is."""
    if workflow.source.definition is not None and workflow.fingerprint == sent.fingerprint:
        return workflow.source
    source = source_at(workflow, sent.commit) if sent.commit else None
    return source if source and source.definition is not None and source.fingerprint == sent.fingerprint else None


def _is_there(target: "InPlace", source: Source, observed: Observed, policy: Policy, sent: _SentDefinition, *, by_time: bool) -> bool:
    """Everything that was sent is there, and nothing else but what the platform adds; where that is not known, nothing was written since."""
    sender = type(target)(target.workflow._replace(source=source), target.connect)
    body = sender.activated(sender.body(policy)) if sent.activated else sender.body(policy)
    existing = target.definition_of(observed.definition or {}, status=sent.activated)
    return target.covers(existing, body) and (by_time or target.covers(target.without_added(body), target.without_added(existing)))


def _written_until(observed: Observed, until: int) -> bool | None:
    """Whether the last write was no later than that; None where the platform does not tell."""
    written = milliseconds(observed.revision)
    return None if written is None else written <= until


def milliseconds(text: str) -> int | None:
    """Epoch milliseconds of an ISO time, UTC where it names no zone; None for any other text."""
    try:
        written = datetime.fromisoformat(text)
        return int((written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
