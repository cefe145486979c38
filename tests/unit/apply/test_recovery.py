"""Writes of an interrupted run that its records lack: which ones, and for which runs they are recorded."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.apply.recovery import UnrecordedWrite, find_unrecorded_write, record_for_earlier_run
from deployer.model.change import Change, CreateLive, Unchanged, WriteDraft
from deployer.model.errors import PlatformError
from deployer.model.observation import MISSING, Observed, Version
from deployer.model.workflow import Source, Workflow
from deployer.state.base import ROLLBACK, ConcurrentRuns, DeployRecord, Intent, WorkflowRecord
from deployer.state.memory import MemoryStateStore

E = "production"
HOST = "https://h"
LATER = 10**14  # epoch milliseconds
SOURCE = Source("a.flow", "gptbots", "workflow", b"x", None)
WORKFLOW = Workflow("triage", SOURCE, "KEY")
INTENT = Intent("import", SOURCE.fingerprint, "01234567", run="r1", commit="c1")
RECORD = DeployRecord(fingerprint=SOURCE.fingerprint, version="1", target="bot", host=HOST, commit="c1", run="r1", time=1)


def unrecorded(*, ended: bool = True) -> UnrecordedWrite:
    return UnrecordedWrite("triage", INTENT, RECORD, None, ended)


def interrupted(gives_up_at: int) -> MemoryStateStore:
    """The state that the run r1 left, and the later r2 reads."""
    store = MemoryStateStore()
    store.intend(E, "r1", "c1", "hash", {"triage": INTENT}, gives_up_at)
    return store


def test_nothing_is_recorded_for_a_run_that_is_still_going() -> None:
    store = interrupted(LATER)
    assert record_for_earlier_run([unrecorded()], store, E, "r2") == ()
    state = store.read(E).of("triage")
    assert (state.draft, [intent.run for intent in state.open_intents]) == (None, ["r1"])


def test_write_of_an_ended_run_is_recorded_as_its_own_and_its_intent_closed() -> None:
    store = interrupted(gives_up_at=1)
    assert record_for_earlier_run([unrecorded()], store, E, "r2") == ()
    state = store.read(E).of("triage")
    assert (state.draft, state.open_intents, state.unfinished_intents) == (RECORD, (), ())


def test_another_run_that_is_still_going_does_not_keep_a_write_from_being_recorded() -> None:
    store = interrupted(gives_up_at=1)
    store.intend(E, "r0", "c0", "hash", {"triage": INTENT}, LATER)
    record_for_earlier_run([unrecorded()], store, E, "r2")
    assert store.read(E).of("triage").draft == RECORD


def test_write_that_leaves_something_to_do_is_recorded_by_this_run_and_the_intent_stays() -> None:
    store = MemoryStateStore()
    store.intend(E, "r2", "c2", "hash", {"triage": INTENT}, LATER)
    record_for_earlier_run([unrecorded(ended=False)], store, E, "r2")
    state = store.read(E).of("triage")
    assert (state.draft, [intent.run for intent in state.open_intents]) == (RECORD, ["r2"])


def test_state_is_not_asked_when_nothing_is_unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryStateStore, "concurrent_runs", lambda *_: pytest.fail("asked"))
    assert record_for_earlier_run([], MemoryStateStore(), E, "r2") == ()


def test_state_that_cannot_be_written_is_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> ConcurrentRuns:
        raise PlatformError("github", "GitHub is down", code="X")

    monkeypatch.setattr(MemoryStateStore, "concurrent_runs", refuse)
    (notice,) = record_for_earlier_run([unrecorded()], MemoryStateStore(), E, "r2")
    assert "triage" in notice
    assert "GitHub is down" in notice


def unchanged(version: str = "1", *, live: bool = False) -> Unchanged:
    versions = (Version("2"), Version("1")) if version == "1" and live else (Version(version),)
    return Unchanged(workflow=WORKFLOW, observed=Observed(id="bot", versions=versions), target="bot", version=version, live=live)


def test_imported_draft_without_a_record_is_found() -> None:
    write = find_unrecorded_write(unchanged(), WorkflowRecord(open_intents=(INTENT,)), HOST)
    assert write
    assert write.draft
    assert (write.workflow, write.intent, write.live, write.ended) == ("triage", INTENT, None, True)
    assert (write.draft.fingerprint, write.draft.version, write.draft.commit, write.draft.run) == (SOURCE.fingerprint, "1", "c1", "r1")


def test_live_version_without_a_record_is_found_and_is_no_draft_when_a_newer_one_exists() -> None:
    write = find_unrecorded_write(unchanged(live=True), WorkflowRecord(open_intents=(INTENT,)), HOST)
    assert write
    assert (write.draft, write.live and write.live.version) == (None, "1")


@pytest.mark.parametrize(
    ("change", "record"),
    [
        (unchanged(), WorkflowRecord()),
        (unchanged(), WorkflowRecord(open_intents=(INTENT,), draft=RECORD)),
        (unchanged(), WorkflowRecord(open_intents=(Intent("import", "0" * 64, run="r1"),))),
        (unchanged(), WorkflowRecord(open_intents=(INTENT, Intent(ROLLBACK, "0" * 64, run="r1")))),
        (unchanged(), WorkflowRecord(open_intents=(INTENT,), draft=replace(RECORD, fingerprint="0" * 64))),
        (WriteDraft(workflow=WORKFLOW, observed=Observed(versions=(Version("1"),)), version="1"), WorkflowRecord(open_intents=(INTENT,))),
        (CreateLive(workflow=WORKFLOW, observed=MISSING), WorkflowRecord(open_intents=(INTENT,))),
    ],
    ids=[
        "no open intent",
        "already recorded",
        "another fingerprint",
        "a rollback is resumed",
        "version recorded",
        "still to be written",
        "not on the platform",
    ],
)
def test_nothing_is_unrecorded(change: Change, record: WorkflowRecord) -> None:
    assert find_unrecorded_write(change, record, HOST) is None


@pytest.mark.parametrize(("host", "target", "version"), [("https://other", "bot", "1"), (HOST, "other", "1"), (HOST, "bot", "2")])
def test_record_of_another_target_or_version_does_not_count_as_recorded(host: str, target: str, version: str) -> None:
    other = DeployRecord(fingerprint=SOURCE.fingerprint, version=version, target=target, host=host)
    assert find_unrecorded_write(unchanged(), WorkflowRecord(open_intents=(INTENT,), draft=other), HOST)


ONE_DEFINITION = WORKFLOW._replace(source=Source("a.yaml", "meingpt", "workflow", b"x", None))
CREATE = Intent("create", SOURCE.fingerprint, "Triage", run="r1", commit="c1")


def created(kind: Any = Unchanged, workflow: Workflow = ONE_DEFINITION, *, live: bool = True) -> Change:
    change: Change = kind(workflow=workflow, observed=Observed(id="w1", definition={"name": "Triage"}, active=True), target="w1", live=live)
    return change


def test_created_workflow_that_is_as_desired_is_recorded_as_live_with_its_key() -> None:
    write = find_unrecorded_write(created(), WorkflowRecord(open_intents=(CREATE,)), HOST)
    assert write
    assert write.live
    assert (write.draft, write.live.created_with_key, write.live.target, write.ended) == (None, "KEY", "w1", True)
    assert write.live.readback_fingerprint


def test_created_workflow_that_is_to_be_changed_again_is_recorded_as_created_only() -> None:
    write = find_unrecorded_write(created(WriteDraft), WorkflowRecord(open_intents=(CREATE,)), HOST)
    assert write
    assert write.draft
    assert (write.live, write.draft.created_with_key, write.ended) == (None, "KEY", False)


@pytest.mark.parametrize(
    ("workflow", "known"),
    [(ONE_DEFINITION._replace(id="w1"), ()), (ONE_DEFINITION, (DeployRecord(fingerprint="0" * 64, target="w1", host=HOST),))],
    ids=["named by the manifest", "recorded before"],
)
def test_workflow_that_was_known_before_is_not_taken_for_created(workflow: Workflow, known: tuple[DeployRecord, ...]) -> None:
    record = WorkflowRecord(live=known[0] if known else None, open_intents=(CREATE,))
    assert find_unrecorded_write(created(WriteDraft, workflow), record, HOST) is None


def test_created_workflow_that_was_only_listed_is_recorded_as_created() -> None:
    listed = CreateLive(workflow=ONE_DEFINITION, observed=Observed(id="w1", active=True, revision="t"), target="w1")
    write = find_unrecorded_write(listed, WorkflowRecord(open_intents=(CREATE,)), HOST)
    assert write
    assert write.draft
    assert (write.draft.created_with_key, write.live) == ("KEY", None)
