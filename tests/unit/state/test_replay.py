"""What a sequence of events makes of the state: records, intents, rollbacks, evals and plans."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deployer.state import events
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, EvalRecord, Intent, WorkflowRecord
from deployer.state.replay import replay

E = "production"
LATER = 10**14  # epoch milliseconds
IMPORT = Intent("import", "f" * 64, "01234567")
BAD = DeployRecord(fingerprint="b" * 64, version="1.0.2", run="2")
GOOD = DeployRecord(fingerprint="a" * 64, version="1.0.1", run="1")


def replayed(*log: events.Event) -> WorkflowRecord:
    return replay(log, E).of("a")


def plans(*log: events.Event) -> dict[str, list[str]]:
    return {plan_hash: sorted(intents) for plan_hash, intents in replay(log, E).plans.items()}


def intent(run: str, of: Intent = IMPORT, plan_hash: str = "", gives_up_at: int = LATER, name: str = "a") -> events.Event:
    return events.intent_event(E, run, "c0ffee", plan_hash, {name: of}, gives_up_at)


def live(record: DeployRecord, run: str = "r") -> events.Event:
    return events.record_event(E, run, "a", None, record)


def draft(record: DeployRecord, run: str = "r") -> events.Event:
    return events.record_event(E, run, "a", record, None)


def outcome(run: str, code: str = "done") -> events.Event:
    return events.outcome_event(E, run, "a", code)


def version(number: str, **changed: object) -> DeployRecord:
    record = DeployRecord(fingerprint=number * 8, version=number, target="bot", host="https://h", commit="c0ffee", run="r", time=1)
    return replace(record, **changed)  # type: ignore[arg-type]


def released(record: DeployRecord, *, evaluate: bool = True) -> Sequence[events.Event]:
    started = intent(record.run, Intent("import", record.fingerprint, "1", evaluate=evaluate))
    return (started, events.record_event(E, record.run, "a", record, record), outcome(record.run))


def evaluated(record: DeployRecord, *, passed: bool, gate: bool = True) -> events.Event:
    evals = EvalRecord(fingerprint=record.fingerprint, version=record.version, passed=passed, gate=gate, rate=0.5)
    return events.evals_event(E, record.run, "a", evals)


def test_later_record_wins_and_draft_and_live_are_apart() -> None:
    record = replayed(draft(version("1")), live(version("1")), draft(version("2")))
    assert (record.draft, record.live, record.releases) == (version("2"), version("1"), (version("1"),))


def test_events_of_another_environment_do_not_count() -> None:
    assert replay([draft(version("1"))], "staging") == EnvironmentState()


def test_event_of_unknown_kind_changes_nothing() -> None:
    assert replay([{"kind": "of tomorrow", "environment": E, "workflow": "a"}], E).workflows == {}


def test_open_intent_has_run_commit_and_time_of_its_event() -> None:
    (opened,) = replayed(intent("r1", replace(IMPORT, run="other", finished=True))).open_intents
    assert (opened, opened.run, opened.commit, opened.gives_up_at, opened.finished) == (IMPORT, "r1", "c0ffee", LATER, False)


def test_outcome_closes_the_intent_of_its_run_only() -> None:
    record = replayed(intent("r1"), intent("r2"), outcome("r1"))
    assert [opened.run for opened in record.open_intents] == ["r2"]
    assert [opened.run for opened in record.unfinished_intents] == ["r2"]


def test_unknown_outcome_leaves_the_intent_open_but_finished() -> None:
    record = replayed(intent("r1"), outcome("r1", "unknown"))
    assert [(opened.run, opened.finished) for opened in record.open_intents] == [("r1", True)]
    assert record.unfinished_intents == ()


def test_new_intent_of_a_run_replaces_its_earlier_one() -> None:
    newer = Intent("import", "e" * 64)
    assert replayed(intent("r1"), intent("r2"), intent("r1", newer)).open_intents == (IMPORT, newer)


def test_record_of_another_run_closes_an_intent_whose_run_may_go_on() -> None:
    record = replayed(intent("r1"), draft(version("1"), "r2"))
    assert (record.open_intents, [opened.run for opened in record.unfinished_intents]) == ((), ["r1"])
    assert replayed(intent("r1"), draft(version("1"), "r2"), outcome("r1")).unfinished_intents == ()


def test_record_of_another_run_ends_an_intent_with_unknown_outcome() -> None:
    record = replayed(intent("r1"), outcome("r1", "unknown"), draft(version("1"), "r2"))
    assert (record.open_intents, record.unfinished_intents) == ((), ())


@pytest.mark.parametrize(("gives_up_at", "runs"), [(6, []), (7, ["r1"])])
def test_superseded_intent_is_dropped_once_its_run_has_given_up(gives_up_at: int, runs: list[str]) -> None:
    record = replayed(intent("r1", gives_up_at=gives_up_at), draft(version("1", time=7), "r2"))
    assert [opened.run for opened in record.unfinished_intents] == runs


def test_record_of_the_same_run_leaves_its_intent_open() -> None:
    """An import may be followed by a release."""
    assert replayed(intent("r1"), draft(version("1"), "r1"), live(version("1"), "r1")).open_intents == (IMPORT,)


def test_rollback_is_finished_by_its_live_record() -> None:
    rollback = Intent(ROLLBACK, "f" * 64)
    assert replayed(intent("r1", rollback), draft(version("1"), "r1")).open_intents == (rollback,)
    assert replayed(intent("r1", rollback), live(version("1"), "r1")).open_intents == ()


def test_removed_workflow_has_no_records_until_it_comes_back() -> None:
    removed = events.removed_event(E, "r3", "a")
    log = (intent("r1"), *released(BAD), evaluated(BAD, passed=False), removed)
    record = replayed(*log)
    assert record == WorkflowRecord(evals=record.evals, unfinished_intents=record.unfinished_intents)
    assert [opened.run for opened in record.unfinished_intents] == ["r1"]
    assert replayed(*log, draft(version("2"))).draft == version("2")


def test_created_with_key_is_kept_for_the_same_target_only() -> None:
    created = replayed(draft(version("1", created_with_key="KEY")), live(version("1")), live(version("2")), live(version("3", target="other")))
    assert [release.created_with_key for release in created.releases] == ["KEY", "KEY", ""]


def test_reverted_fingerprint_counts_as_rolled_back_until_it_is_released_again() -> None:
    whole = "ab" * 32
    rollback = live(version("1", reverted_fingerprint=whole[:32]))  # a marker holds the first half only
    assert replayed(rollback).was_rolled_back(whole)
    assert replayed(rollback, live(version("2"))).was_rolled_back(whole)
    assert not replayed(rollback, live(version("2", fingerprint=whole))).was_rolled_back(whole)


def test_release_whose_intent_announces_evals_awaits_them() -> None:
    assert replayed(*released(BAD)).awaiting_evals == BAD
    assert replayed(*released(BAD, evaluate=False)).awaiting_evals is None
    assert replayed(*released(BAD), *released(GOOD, evaluate=False)).awaiting_evals is None


def test_passed_evals_end_the_wait() -> None:
    record = replayed(*released(GOOD), evaluated(GOOD, passed=True))
    assert (record.awaiting_evals, record.rolled_back_fingerprints, [evals.rate for evals in record.evals]) == (None, frozenset(), [0.5])


def test_evals_of_another_release_do_not_end_the_wait() -> None:
    assert replayed(*released(BAD), evaluated(GOOD, passed=True)).awaiting_evals == BAD


def test_release_that_failed_its_gate_counts_as_rolled_back_and_awaits_the_rollback() -> None:
    log = (*released(GOOD), evaluated(GOOD, passed=True), *released(BAD), evaluated(BAD, passed=False))
    failed = replayed(*log)
    assert (failed.awaiting_evals, failed.was_rolled_back(BAD.fingerprint), failed.was_rolled_back(GOOD.fingerprint)) == (BAD, True, False)
    restored = DeployRecord(fingerprint=GOOD.fingerprint, version="1.0.1", run="2", reverted_fingerprint=BAD.fingerprint)
    done = replayed(*log, intent("2", Intent(ROLLBACK, GOOD.fingerprint)), live(restored, "2"))
    assert (done.awaiting_evals, done.live, done.was_rolled_back(BAD.fingerprint)) == (None, restored, True)


def test_failed_evals_without_a_gate_roll_nothing_back() -> None:
    record = replayed(*released(BAD, evaluate=False), evaluated(BAD, passed=False, gate=False))
    assert (record.rolled_back_fingerprints, len(record.evals)) == (frozenset(), 1)


def test_evals_that_pass_later_undo_the_failure() -> None:
    record = replayed(*released(BAD), evaluated(BAD, passed=False), evaluated(BAD, passed=True))
    assert (record.awaiting_evals, record.rolled_back_fingerprints) == (None, frozenset())


@pytest.mark.parametrize(
    "log",
    [
        (*released(GOOD), evaluated(GOOD, passed=True), *released(BAD)),
        (*released(BAD), evaluated(BAD, passed=False)),
        (live(version("1")), live(version("2")), live(version("1", reverted_fingerprint="2" * 8)), intent("r9")),
        (intent("r1"), draft(version("1"), "r2"), intent("r3"), outcome("r3", "unknown")),
    ],
)
def test_known_event_replays_to_the_same_record(log: Sequence[events.Event]) -> None:
    record = replayed(*log)
    after = replayed(intent("before"), draft(version("9")), events.known_event(E, "a", record, depth=10))
    assert after == record
    assert [(opened.run, opened.gives_up_at, opened.finished) for opened in after.open_intents] == [
        (opened.run, opened.gives_up_at, opened.finished) for opened in record.open_intents
    ]


def test_known_event_keeps_the_last_releases_and_every_rolled_back_fingerprint() -> None:
    record = replayed(live(version("1", reverted_fingerprint="bad")), *(live(version(number)) for number in "2345"))
    after = replayed(events.known_event(E, "a", record, depth=2), live(version("6")))
    assert [release.version for release in after.releases] == ["4", "5", "6"]
    assert after.rolled_back_fingerprints == {"bad"}


def test_plan_keeps_what_is_not_done() -> None:
    both = events.intent_event(E, "r1", "c", "hash", {"a": IMPORT, "b": IMPORT})
    assert plans(both) == {"hash": ["a", "b"]}
    assert plans(both, outcome("r1")) == {"hash": ["b"]}
    assert plans(both, outcome("r1", "failed"), outcome("r2")) == {"hash": ["a", "b"]}


def test_plan_that_resumes_another_leaves_it_valid_and_is_done_for_both() -> None:
    log = (intent("r1", plan_hash="one"), intent("r2", replace(IMPORT, action="release"), plan_hash="two"))
    assert plans(*log) == {"one": ["a"], "two": ["a"]}
    assert plans(*log, outcome("r2")) == {"one": [], "two": []}


@pytest.mark.parametrize("other", [replace(IMPORT, fingerprint="e" * 64), replace(IMPORT, release=True)])
def test_different_intent_replaces_that_of_an_earlier_plan(other: Intent) -> None:
    assert plans(intent("r1", plan_hash="one"), intent("r2", other, plan_hash="two")) == {"one": [], "two": ["a"]}


NOT_READ_BACK = replace(BAD, time=7, read_back=False)
READ_BACK = replace(NOT_READ_BACK, readback_fingerprint="f" * 64, updated_at="t", read_back=True)


def test_record_that_was_read_back_later_replaces_the_one_that_was_not() -> None:
    record = replayed(*released(NOT_READ_BACK), live(READ_BACK, "r2"))
    assert (record.live, record.releases, record.awaiting_evals) == (READ_BACK, (READ_BACK,), READ_BACK)
    assert replayed(*released(NOT_READ_BACK), intent("r3"), live(READ_BACK, "r2")).open_intents[-1].run == "r3"


@pytest.mark.parametrize("other", [replace(READ_BACK, time=8), replace(READ_BACK, fingerprint=GOOD.fingerprint), NOT_READ_BACK])
def test_any_other_record_is_another_release(other: DeployRecord) -> None:
    assert replayed(*released(NOT_READ_BACK), live(other, "r2")).releases == (NOT_READ_BACK, other)
