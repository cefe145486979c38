"""Writes of an interrupted run that its records lack: which ones, and for which runs they are recorded."""

from dataclasses import replace

import pytest

from deployer.apply.recovery import UnrecordedWrite, find_unrecorded_write, record_for_earlier_run, with_writes
from deployer.model.errors import PlatformError
from deployer.model.marker import Marker, describe
from deployer.model.observation import MISSING, Observed, OwnWrite, Version
from deployer.model.workflow import Source, Workflow
from deployer.state.base import ROLLBACK, ConcurrentRuns, DeployRecord, EnvironmentState, Intent, WorkflowRecord
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


MARKED = describe("m", "", Marker(SOURCE.fingerprint[:32], "01234567"))
OTHER = describe("m", "", Marker("0" * 32, "01234567"))
RELEASE = replace(INTENT, release=True)


def versions(*given: Version) -> Observed:
    return Observed(id="bot", versions=given)


def test_imported_draft_without_a_record_is_found() -> None:
    write = find_unrecorded_write(WORKFLOW, versions(Version("1", MARKED)), WorkflowRecord(open_intents=(INTENT,)), HOST)
    assert write
    assert write.draft
    assert (write.workflow, write.intent, write.live, write.ended) == ("triage", INTENT, None, True)
    assert (write.draft.fingerprint, write.draft.version, write.draft.commit, write.draft.run) == (SOURCE.fingerprint, "1", "c1", "r1")


def test_live_version_without_a_record_is_found_and_is_no_draft_when_a_newer_one_exists() -> None:
    observed = versions(Version("2", OTHER), Version("1", MARKED, published=True))
    write = find_unrecorded_write(WORKFLOW, observed, WorkflowRecord(open_intents=(RELEASE,)), HOST)
    assert write
    assert (write.draft, write.live and write.live.version, write.ended) == (None, "1", True)


def test_import_whose_release_is_left_to_do_is_recorded_and_not_ended() -> None:
    write = find_unrecorded_write(WORKFLOW, versions(Version("1", MARKED)), WorkflowRecord(open_intents=(RELEASE,)), HOST)
    assert write
    assert (write.draft and write.draft.version, write.live, write.ended) == ("1", None, False)


@pytest.mark.parametrize(
    ("observed", "record"),
    [
        (versions(Version("1", MARKED)), WorkflowRecord()),
        (versions(Version("1", MARKED)), WorkflowRecord(open_intents=(INTENT,), draft=RECORD)),
        (versions(Version("1", OTHER)), WorkflowRecord(open_intents=(INTENT,))),
        (versions(Version("1", MARKED)), WorkflowRecord(open_intents=(INTENT, Intent(ROLLBACK, "0" * 64, run="r1")))),
        (versions(Version("2", OTHER), Version("1", MARKED, published=True)), WorkflowRecord(open_intents=(INTENT,))),
        (MISSING, WorkflowRecord(open_intents=(INTENT,))),
        (Observed(id="w1", definition={}, active=True), WorkflowRecord(open_intents=(INTENT,))),
    ],
    ids=[
        "no open intent",
        "already recorded",
        "another content",
        "a rollback is resumed",
        "live, and no release was intended",
        "not on the platform",
        "not what was sent",
    ],
)
def test_nothing_is_unrecorded(observed: Observed, record: WorkflowRecord) -> None:
    assert find_unrecorded_write(WORKFLOW, observed, record, HOST) is None


@pytest.mark.parametrize(("host", "target", "version"), [("https://other", "bot", "1"), (HOST, "other", "1"), (HOST, "bot", "2")])
def test_record_of_another_target_or_version_does_not_count_as_recorded(host: str, target: str, version: str) -> None:
    other = DeployRecord(fingerprint=SOURCE.fingerprint, version=version, target=target, host=host)
    assert find_unrecorded_write(WORKFLOW, versions(Version("1", MARKED)), WorkflowRecord(open_intents=(INTENT,), draft=other), HOST)


ONE_DEFINITION = WORKFLOW._replace(source=Source("a.yaml", "meingpt", "workflow", b"x", None))
CREATE = Intent("create", SOURCE.fingerprint, "Triage", run="r1", commit="c1")


def created(*, proven: bool = True, active: bool = True) -> Observed:
    own = OwnWrite("r1", SOURCE.fingerprint, proven)
    return Observed(id="w1", definition={"name": "Triage"}, active=active, revision="t1", own_write=own)


def test_created_workflow_that_is_what_was_sent_is_recorded_as_live_with_its_key() -> None:
    write = find_unrecorded_write(ONE_DEFINITION, created(), WorkflowRecord(open_intents=(CREATE,)), HOST)
    assert write
    assert write.live
    assert (write.draft, write.live.created_with_key, write.live.target, write.ended) == (None, "KEY", "w1", True)
    assert (bool(write.live.readback_fingerprint), write.live.updated_at, write.live.read_back) == (True, "t1", True)


@pytest.mark.parametrize("observed", [created(proven=False), created(active=False)], ids=["by its time", "not active"])
def test_created_workflow_that_is_not_live_as_sent_is_recorded_as_created_only(observed: Observed) -> None:
    write = find_unrecorded_write(ONE_DEFINITION, observed, WorkflowRecord(open_intents=(CREATE,)), HOST)
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
    assert find_unrecorded_write(workflow, created(proven=False), record, HOST) is None


NOT_READ_BACK = DeployRecord(fingerprint=SOURCE.fingerprint, target="w1", host=HOST, commit="c1", run="r1", time=5, read_back=False)
UNREAD = WorkflowRecord(live=NOT_READ_BACK, releases=(NOT_READ_BACK,), awaiting_evals=NOT_READ_BACK)


def test_record_that_was_not_read_back_is_filled_in() -> None:
    write = find_unrecorded_write(ONE_DEFINITION, created(), UNREAD, HOST)
    assert write
    assert write.live
    assert write.live.fills_in(NOT_READ_BACK)
    assert (write.intent, write.live.updated_at, write.recorder("r2")) == (None, "t1", "r2")


@pytest.mark.parametrize("observed", [created(proven=False), replace(created(), own_write=None)], ids=["by its time only", "edited since"])
def test_record_is_not_filled_in_with_what_may_be_anothers(observed: Observed) -> None:
    assert find_unrecorded_write(ONE_DEFINITION, observed, UNREAD, HOST) is None


def test_what_is_filled_in_changes_nothing_else() -> None:
    store = MemoryStateStore()
    store.intend(E, "r1", "c1", "hash", {"triage": Intent("update", SOURCE.fingerprint, evaluate=True, release=True)}, LATER)
    store.record(E, "r1", "triage", live=NOT_READ_BACK)
    store.finish(E, "r1", "triage", "done")
    store.intend(E, "r0", "c0", "hash", {"triage": INTENT}, LATER)
    before = store.read(E).of("triage")
    write = find_unrecorded_write(ONE_DEFINITION, created(), replace(before, open_intents=()), HOST)
    assert write
    assert write.live
    record_for_earlier_run([write], store, E, "r2")
    filled = write.live
    assert store.read(E).of("triage") == replace(before, live=filled, releases=(filled,), awaiting_evals=filled)


def test_state_with_these_writes_is_the_state_once_they_are_recorded() -> None:
    store = interrupted(gives_up_at=1)
    before = store.read(E)
    expected = with_writes(before, [unrecorded()], E, "r2")
    record_for_earlier_run([unrecorded()], store, E, "r2")
    assert expected.of("triage") == store.read(E).of("triage")
    assert (expected.plans, with_writes(before, (), E, "r2")) == (before.plans, before)
    assert with_writes(EnvironmentState(), [unrecorded()], E, "r2").of("triage").draft == RECORD
