"""Which other runs come before this one and which after it, and whether they may have written, in each kind of store."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployer.state import events
from deployer.state.base import ROLLBACK, ConcurrentRuns, DeployRecord, EnvironmentState, Intent, StateStore
from deployer.state.concurrency import find_concurrent_runs, without_ended_runs
from deployer.state.file import FileStateStore
from deployer.state.github import GithubStateStore
from deployer.state.memory import MemoryStateStore

IMPORT = {"triage": Intent("import", "f" * 64, "01234567"), "faq": Intent("import", "e" * 64, "89abcdef")}

LATER = time.time_ns() // 1_000_000 + 3_600_000  # epoch milliseconds


def record(version: str) -> DeployRecord:
    return DeployRecord(fingerprint=version * 8, version=version, target="bot", host="https://h", commit="c0ffee", run="r", time=1)


@pytest.fixture(params=["file", "github"])
def two(request: pytest.FixtureRequest, tmp_path: Path, deployments: Any) -> tuple[StateStore, StateStore]:
    """The stores of two concurrent runs over one state."""
    if request.param == "github":
        return GithubStateStore(deployments, "c0ffee"), GithubStateStore(deployments, "c0ffee")
    return FileStateStore(str(tmp_path / "state.jsonl")), FileStateStore(str(tmp_path / "state.jsonl"))


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    return FileStateStore(str(tmp_path / "state.jsonl")) if request.param == "file" else MemoryStateStore()


def runs(intents: Mapping[str, Intent]) -> dict[str, str]:
    return {name: intent.run for name, intent in intents.items()}


def test_intents_are_earlier_or_later_than_ours(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    observed = one.concurrent_runs("production", "r1", ["triage", "faq"])
    assert (runs(observed.latest_intent), observed.earlier_intents, observed.possibly_changed) == ({"triage": "r2"}, {}, frozenset())
    observed = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (observed.latest_intent, {name: [intent.run for intent in intents] for name, intents in observed.earlier_intents.items()}) == (
        {},
        {"triage": ["r1"], "faq": ["r1"]},
    )
    assert one.concurrent_runs("production", "r1", ["faq"]) == ConcurrentRuns()
    assert one.concurrent_runs("staging", "r1", ["triage"]) == ConcurrentRuns()


def test_each_shard_of_a_run_has_its_own_place(two: tuple[StateStore, StateStore]) -> None:
    """r2 records its intents between r1's shards: it is later than the first, and earlier than the second."""
    one, other = two
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.intend("production", "r1", "a", "hash", {"faq": IMPORT["faq"]}, LATER)
    observed = one.concurrent_runs("production", "r1", ["triage", "faq"])
    assert (runs(observed.latest_intent), list(observed.earlier_intents)) == ({"triage": "r2"}, ["faq"])
    observed = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (runs(observed.latest_intent), list(observed.earlier_intents)) == ({"faq": "r1"}, ["triage"])


def test_run_that_plans_anew_keeps_its_place(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.read("production")
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    assert (
        list(one.concurrent_runs("production", "r1", ["triage"]).earlier_intents),
        list(one.concurrent_runs("production", "r1", ["triage"]).latest_intent),
    ) == ([], ["triage"])
    assert (
        list(other.concurrent_runs("production", "r2", ["triage"]).earlier_intents),
        list(other.concurrent_runs("production", "r2", ["triage"]).latest_intent),
    ) == (["triage"], [])


def test_run_that_gave_up_and_earlier_attempt_of_this_run_do_not_count(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "7.1", "a", "hash", IMPORT, LATER)
    other.intend("production", "8.1", "b", "hash", IMPORT, LATER)
    assert other.concurrent_runs("production", "7.2", ["triage"]).earlier_intents["triage"][0].run == "8.1"
    one.intend("staging", "r1", "a", "hash", IMPORT, 1)
    other.intend("staging", "r2", "b", "hash", IMPORT, LATER)
    assert other.concurrent_runs("staging", "r2", ["triage"]) == ConcurrentRuns()


def test_finished_run_with_a_new_intent_comes_after_the_run_in_between(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.read("production")
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    one.record("production", "r1", "triage", draft=record("1"))
    one.finish("production", "r1", "triage", "done")
    one.flush()
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": Intent(ROLLBACK, "e" * 64)}, LATER)
    observed = one.concurrent_runs("production", "r1", ["triage"])
    assert (list(observed.earlier_intents), list(observed.latest_intent)) == (["triage"], [])
    observed = other.concurrent_runs("production", "r2", ["triage"])
    assert (list(observed.earlier_intents), list(observed.latest_intent)) == ([], ["triage"])


@pytest.mark.parametrize(("outcome", "changed"), [("done", True), ("failed", True), ("unknown", True), ("skipped", False)])
def test_run_with_an_outcome_is_no_longer_earlier(two: tuple[StateStore, StateStore], outcome: str, changed: bool) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.finish("production", "r1", "triage", outcome)
    one.flush()
    observed = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (list(observed.earlier_intents), observed.possibly_changed) == (["faq"], frozenset(["triage"] * changed))


def test_records_before_our_first_read_are_no_change(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.record("production", "r1", "triage", draft=record("1"))
    one.flush()
    other.read("production")
    one.record("production", "r1", "faq", draft=record("1"))
    one.flush()
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    observed = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (sorted(observed.earlier_intents), observed.possibly_changed) == (["faq", "triage"], frozenset({"faq"}))


def test_waiting_run_still_counts_after_a_record_of_another_run(two: tuple[StateStore, StateStore], deployments: Any) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.record("production", "r1", "triage", draft=record("1"))
    one.finish("production", "r1", "triage", "done")
    one.flush()
    third: StateStore = FileStateStore(one.path) if isinstance(one, FileStateStore) else GithubStateStore(deployments, "c0ffee")
    recorded = third.read("production").of("triage")
    assert (recorded.open_intents, [intent.run for intent in recorded.unfinished_intents]) == ((), ["r2"])
    third.intend("production", "r3", "c", "hash", IMPORT, LATER)
    assert [intent.run for intent in third.concurrent_runs("production", "r3", ["triage"]).earlier_intents["triage"]] == ["r2"]


@pytest.mark.parametrize(
    ("recorded", "outcome", "counts"), [(True, "done", True), (True, "failed", True), (False, "failed", False), (False, None, True)]
)
def test_later_run_without_effect_is_dropped(store: StateStore, recorded: bool, outcome: str | None, counts: bool) -> None:
    store.intend("production", "r1", "a", "hash", IMPORT, LATER)
    store.intend("production", "r2", "b", "hash", IMPORT, LATER)
    if recorded:
        store.record("production", "r2", "triage", draft=record("1"))
    if outcome:
        store.finish("production", "r2", "triage", outcome)
    assert runs(store.concurrent_runs("production", "r1", ["triage"]).latest_intent) == ({"triage": "r2"} if counts else {})


def test_without_an_intent_of_ours_all_others_are_earlier(store: StateStore) -> None:
    store.intend("production", "r2", "b", "hash", IMPORT, LATER)
    observed = store.concurrent_runs("production", "r1", ["triage"])
    assert (observed.latest_intent, list(observed.earlier_intents)) == ({}, ["triage"])


def test_run_that_has_ended_is_dropped_and_may_have_written() -> None:
    intents = {"triage": (replace(IMPORT["triage"], run="r1"), replace(IMPORT["triage"], run="r2")), "faq": (replace(IMPORT["faq"], run="r3"),)}
    asked: list[str] = []

    def has_ended(run: str) -> bool:
        asked.append(run)
        return run == "r1"

    rest = without_ended_runs(ConcurrentRuns(intents, possibly_changed=frozenset({"other"})), ["r3"], has_ended)
    assert {name: [intent.run for intent in intents] for name, intents in rest.earlier_intents.items()} == {"triage": ["r2"]}
    assert (rest.possibly_changed, sorted(asked)) == (frozenset({"other", "triage"}), ["r1", "r2"])


def test_jobs_of_one_workflow_run_take_turns_and_those_of_its_earlier_attempts_are_over(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "7.1-aaaaaaaa-00000001", "a", "hash", IMPORT, LATER)
    other.intend("production", "7.1-aaaaaaaa-00000002", "a", "hash", IMPORT, LATER)
    observed = other.concurrent_runs("production", "7.1-aaaaaaaa-00000002", ["triage"])
    assert [intent.run for intent in observed.earlier_intents["triage"]] == ["7.1-aaaaaaaa-00000001"]
    observed = one.concurrent_runs("production", "7.1-aaaaaaaa-00000001", ["triage"])
    assert runs(observed.latest_intent) == {"triage": "7.1-aaaaaaaa-00000002"}
    assert other.concurrent_runs("production", "7.2-aaaaaaaa-00000003", ["triage"]).earlier_intents == {}


def find(*log: events.Event, now: int = 0) -> ConcurrentRuns:
    return find_concurrent_runs(EnvironmentState(), log, "production", "r1", ["triage"], now)


def test_our_own_records_and_those_of_other_workflows_are_no_change() -> None:
    ours = events.intent_event("production", "r1", "a", "hash", IMPORT, LATER)
    assert find(ours, events.record_event("production", "r1", "triage", record("1"), None)) == ConcurrentRuns()
    assert find(ours, events.record_event("production", "r2", "faq", record("1"), None)) == ConcurrentRuns()
    assert find(ours, events.record_event("staging", "r2", "triage", record("1"), None)) == ConcurrentRuns()
    assert find(ours, events.record_event("production", "r2", "triage", record("1"), None)).possibly_changed == {"triage"}


@pytest.mark.parametrize(("now", "counts"), [(8, True), (9, False)])
def test_intent_counts_until_its_run_gives_up(now: int, counts: bool) -> None:
    intent = events.intent_event("production", "r2", "a", "hash", IMPORT, 9)
    assert bool(find(intent, now=now).earlier_intents) is counts
