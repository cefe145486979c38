"""What facts merge to, whoever keeps them: open intents, rivals, and all that is known in one fact."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployer.state import events
from deployer.state.base import ROLLBACK, ConcurrentRuns, DeployRecord, Intent, StateStore
from deployer.state.file import FileStateStore
from deployer.state.github import GithubStateStore
from deployer.state.memory import MemoryStateStore

IMPORT = {"triage": Intent("import", "f" * 64, "01234567"), "faq": Intent("import", "e" * 64, "89abcdef")}

LATER = 10**14  # epoch milliseconds


def entry(version: str, took_back: str = "") -> DeployRecord:
    return DeployRecord(
        fingerprint=version * 8, version=version, target="bot", host="https://h", commit="c0ffee", run="r", time=1, reverted_fingerprint=took_back
    )


@pytest.fixture(params=["file", "github"])
def two(request: pytest.FixtureRequest, tmp_path: Path, deployments: Any) -> tuple[StateStore, StateStore]:
    """The state as two runs have it that are going."""
    if request.param == "github":
        return GithubStateStore(deployments, "c0ffee"), GithubStateStore(deployments, "c0ffee")
    return FileStateStore(str(tmp_path / "state.jsonl")), FileStateStore(str(tmp_path / "state.jsonl"))


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StateStore:
    return FileStateStore(str(tmp_path / "state.jsonl")) if request.param == "file" else MemoryStateStore()


def test_an_open_intent_tells_its_run_and_commit(store: StateStore) -> None:
    store.intend("production", "r1", "c0ffee", "hash", IMPORT)
    (intent,) = store.read("production").of("triage").open_intents
    assert (intent.run, intent.commit, intent) == ("r1", "c0ffee", IMPORT["triage"])


def test_an_intent_is_closed_by_a_later_record_of_another_run(store: StateStore) -> None:
    store.intend("production", "r1", "c0ffee", "hash", IMPORT)
    store.record("production", "r2", "triage", draft=entry("1"))
    state = store.read("production")
    assert (state.of("triage").open_intents, state.of("faq").open_intents) == ((), (IMPORT["faq"],))


def runs(intents: Mapping[str, Intent]) -> dict[str, str]:
    return {name: each.run for name, each in intents.items()}


def test_who_said_it_later_is_later_and_who_said_it_first_is_ahead(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    seen = one.concurrent_runs("production", "r1", ["triage", "faq"])
    assert (runs(seen.latest_intent), seen.earlier_intents, seen.possibly_changed) == ({"triage": "r2"}, {}, frozenset())
    seen = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (seen.latest_intent, {name: [each.run for each in intents] for name, intents in seen.earlier_intents.items()}) == (
        {},
        {"triage": ["r1"], "faq": ["r1"]},
    )
    assert one.concurrent_runs("production", "r1", ["faq"]) == ConcurrentRuns()
    assert one.concurrent_runs("staging", "r1", ["triage"]) == ConcurrentRuns()


def test_shards_of_one_run_say_it_apart_and_each_has_its_own_place(two: tuple[StateStore, StateStore]) -> None:
    """r2 speaks between r1's shards: it is later than the first, and ahead of the second."""
    one, other = two
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.intend("production", "r1", "a", "hash", {"faq": IMPORT["faq"]}, LATER)
    seen = one.concurrent_runs("production", "r1", ["triage", "faq"])
    assert (runs(seen.latest_intent), list(seen.earlier_intents)) == ({"triage": "r2"}, ["faq"])
    seen = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (runs(seen.latest_intent), list(seen.earlier_intents)) == ({"faq": "r1"}, ["triage"])


def test_a_run_that_says_it_anew_keeps_its_place(two: tuple[StateStore, StateStore]) -> None:
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


def test_nobody_is_waited_for_whose_time_is_over_or_who_is_an_earlier_attempt_of_this_run(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "7.1", "a", "hash", IMPORT, LATER)
    other.intend("production", "8.1", "b", "hash", IMPORT, LATER)
    assert other.concurrent_runs("production", "7.2", ["triage"]).earlier_intents["triage"][0].run == "8.1"
    one.intend("staging", "r1", "a", "hash", IMPORT, 1)
    other.intend("staging", "r2", "b", "hash", IMPORT, LATER)
    assert other.concurrent_runs("staging", "r2", ["triage"]) == ConcurrentRuns()


def test_a_run_that_was_done_and_means_something_else_then_comes_after_who_came_in_between(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.read("production")
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    one.record("production", "r1", "triage", draft=entry("1"))
    one.finish("production", "r1", "triage", "done")
    one.flush()
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": Intent(ROLLBACK, "e" * 64)}, LATER)
    seen = one.concurrent_runs("production", "r1", ["triage"])
    assert (list(seen.earlier_intents), list(seen.latest_intent)) == (["triage"], [])
    seen = other.concurrent_runs("production", "r2", ["triage"])
    assert (list(seen.earlier_intents), list(seen.latest_intent)) == ([], ["triage"])


@pytest.mark.parametrize(("outcome", "moved"), [("done", True), ("failed", True), ("unknown", True), ("skipped", False)])
def test_nobody_is_waited_for_who_has_said_how_it_ended(two: tuple[StateStore, StateStore], outcome: str, moved: bool) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.finish("production", "r1", "triage", outcome)
    one.flush()
    seen = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (list(seen.earlier_intents), seen.possibly_changed) == (["faq"], frozenset(["triage"] * moved))


def test_what_was_recorded_before_we_read_has_not_moved(two: tuple[StateStore, StateStore]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.record("production", "r1", "triage", draft=entry("1"))
    one.flush()
    other.read("production")
    one.record("production", "r1", "faq", draft=entry("1"))
    one.flush()
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    seen = other.concurrent_runs("production", "r2", ["triage", "faq"])
    assert (sorted(seen.earlier_intents), seen.possibly_changed) == (["faq", "triage"], frozenset({"faq"}))


def test_who_waits_for_its_turn_is_not_forgotten_when_another_leaves_a_record(two: tuple[StateStore, StateStore], deployments: Any) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.record("production", "r1", "triage", draft=entry("1"))
    one.finish("production", "r1", "triage", "done")
    one.flush()
    third: StateStore = FileStateStore(one.path) if isinstance(one, FileStateStore) else GithubStateStore(deployments, "c0ffee")
    recorded = third.read("production").of("triage")
    assert (recorded.open_intents, [each.run for each in recorded.unfinished_intents]) == ((), ["r2"])
    third.intend("production", "r3", "c", "hash", IMPORT, LATER)
    assert [each.run for each in third.concurrent_runs("production", "r3", ["triage"]).earlier_intents["triage"]] == ["r2"]


def test_an_unknown_outcome_leaves_an_intent_to_be_looked_after_and_to_be_waited_for_by_nobody(store: StateStore) -> None:
    store.intend("production", "r1", "a", "hash", IMPORT, LATER)
    store.finish("production", "r1", "triage", "unknown")
    (intent,) = store.read("production").of("triage").open_intents
    assert (intent.run, intent.gives_up_at, intent.finished) == ("r1", LATER, True)


@pytest.mark.parametrize(("kept", "outcome", "rival"), [(True, "done", True), (True, "failed", True), (False, "failed", False), (False, None, True)])
def test_a_rival_that_came_to_nothing_is_none(store: StateStore, kept: bool, outcome: str | None, rival: bool) -> None:
    store.intend("production", "r1", "a", "hash", IMPORT, LATER)
    store.intend("production", "r2", "b", "hash", IMPORT, LATER)
    if kept:
        store.record("production", "r2", "triage", draft=entry("1"))
    if outcome:
        store.finish("production", "r2", "triage", outcome)
    assert runs(store.concurrent_runs("production", "r1", ["triage"]).latest_intent) == ({"triage": "r2"} if rival else {})


def test_without_an_intent_of_our_own_everybody_was_here_first(store: StateStore) -> None:
    store.intend("production", "r2", "b", "hash", IMPORT, LATER)
    seen = store.concurrent_runs("production", "r1", ["triage"])
    assert (seen.latest_intent, list(seen.earlier_intents)) == ({}, ["triage"])


def test_all_that_is_known_as_one_fact_is_the_same_state() -> None:
    store = MemoryStateStore()
    for version in "123":
        store.record("production", "r", "triage", draft=entry(version), live=entry(version))
    store.record("production", "r", "triage", live=entry("2", took_back="3" * 8))
    store.intend("production", "r9", "c0ffee", "hash", IMPORT)
    before = store.read("production")
    facts = [events.known("production", name, before.of(name), depth=10) for name in ("triage", "faq")]
    after = events.merge(facts, "production")
    assert after.workflows == before.workflows
    assert after.of("triage").rolled_back_fingerprints == {"3" * 8}
    assert after.of("triage").open_intents[0].run == "r9"


def test_carried_on_are_the_last_releases_and_what_was_rolled_back_before_them() -> None:
    store = MemoryStateStore()
    store.record("production", "r", "triage", live=entry("1", took_back="bad"))
    for version in "2345":
        store.record("production", "r", "triage", live=entry(version))
    known = events.known("production", "triage", store.read("production").of("triage"), depth=2)
    after = events.merge([known, events.recorded_event("production", "r", "triage", None, entry("6"))], "production").of("triage")
    assert [release.version for release in after.releases] == ["4", "5", "6"]
    assert after.rolled_back_fingerprints == {"bad"}


def test_what_was_deleted_is_forgotten_and_may_come_back(store: StateStore) -> None:
    store.intend("production", "r1", "c0ffee", "hash", IMPORT)
    store.record("production", "r2", "triage", draft=entry("1"), live=entry("1"))
    store.remove("production", "r3", "triage")
    assert "triage" not in store.read("production").workflows
    store.record("production", "r4", "triage", draft=entry("2"))
    assert store.read("production").of("triage").draft == entry("2")


def test_that_we_made_it_stays_true_of_a_target(store: StateStore) -> None:
    store.record("production", "r", "hello", draft=replace(entry("1"), created_with_key="KEY"))
    store.record("production", "r", "hello", live=entry("1"))
    store.record("production", "r", "hello", live=entry("2"))
    store.record("production", "r", "hello", live=replace(entry("3"), target="another"))
    assert [each.created_with_key for each in store.read("production").of("hello").releases] == ["KEY", "KEY", ""]


def test_what_was_rolled_back_may_be_known_by_the_first_half_of_its_fingerprint(store: StateStore) -> None:
    whole = "ab" * 32
    store.record("production", "r", "triage", live=entry("1", took_back=whole[:32]))
    assert store.read("production").of("triage").was_rolled_back(whole)
    store.record("production", "r", "triage", live=replace(entry("2"), fingerprint=whole))
    assert not store.read("production").of("triage").was_rolled_back(whole)


def test_a_rollback_is_done_when_it_says_what_is_live(store: StateStore) -> None:
    """A deploy's intent stays open until its end is told: an import may come after it."""
    store.intend("production", "r1", "c0ffee", "hash", {"triage": Intent(ROLLBACK, "f" * 64), "faq": IMPORT["faq"]})
    for name in ("triage", "faq"):
        store.record("production", "r1", name, live=entry("1"))
    state = store.read("production")
    assert (state.of("triage").open_intents, state.of("faq").open_intents) == ((), (IMPORT["faq"],))
