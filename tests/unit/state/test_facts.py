"""What facts merge to, whoever keeps them: open intents, rivals, and all that is known in one fact."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployer.state import events
from deployer.state.base import ROLLBACK, Entry, Intended, Ledger, Others
from deployer.state.file import FileLedger
from deployer.state.github import GithubLedger
from deployer.state.memory import MemoryLedger

IMPORT = {"triage": Intended("import", "f" * 64, "01234567"), "faq": Intended("import", "e" * 64, "89abcdef")}

LATER = 10**14  # epoch milliseconds


def entry(version: str, took_back: str = "") -> Entry:
    return Entry(fingerprint=version * 8, version=version, target="bot", host="https://h", commit="c0ffee", run="r", time=1, took_back=took_back)


@pytest.fixture(params=["file", "github"])
def two(request: pytest.FixtureRequest, tmp_path: Path, deployments: Any) -> tuple[Ledger, Ledger]:
    """The ledger as two runs have it that are going."""
    if request.param == "github":
        return GithubLedger(deployments, "c0ffee"), GithubLedger(deployments, "c0ffee")
    return FileLedger(str(tmp_path / "ledger.jsonl")), FileLedger(str(tmp_path / "ledger.jsonl"))


@pytest.fixture(params=["file", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    return FileLedger(str(tmp_path / "ledger.jsonl")) if request.param == "file" else MemoryLedger()


def test_an_open_intent_tells_its_run_and_commit(ledger: Ledger) -> None:
    ledger.intend("production", "r1", "c0ffee", "hash", IMPORT)
    (intent,) = ledger.read("production").of("triage").open_intents
    assert (intent.run, intent.commit, intent) == ("r1", "c0ffee", IMPORT["triage"])


def test_an_intent_is_closed_by_a_later_record_of_another_run(ledger: Ledger) -> None:
    ledger.intend("production", "r1", "c0ffee", "hash", IMPORT)
    ledger.keep("production", "r2", "triage", draft=entry("1"))
    state = ledger.read("production")
    assert (state.of("triage").open_intents, state.of("faq").open_intents) == ((), (IMPORT["faq"],))


def runs(intents: Mapping[str, Intended]) -> dict[str, str]:
    return {name: each.run for name, each in intents.items()}


def test_who_said_it_later_is_later_and_who_said_it_first_is_ahead(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    seen = one.others("production", "r1", ["triage", "faq"])
    assert (runs(seen.later), seen.ahead, seen.moved) == ({"triage": "r2"}, {}, frozenset())
    seen = other.others("production", "r2", ["triage", "faq"])
    assert (seen.later, {name: [each.run for each in intents] for name, intents in seen.ahead.items()}) == ({}, {"triage": ["r1"], "faq": ["r1"]})
    assert one.others("production", "r1", ["faq"]) == Others()
    assert one.others("staging", "r1", ["triage"]) == Others()


def test_shards_of_one_run_say_it_apart_and_each_has_its_own_place(two: tuple[Ledger, Ledger]) -> None:
    """r2 speaks between r1's shards: it is later than the first, and ahead of the second."""
    one, other = two
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.intend("production", "r1", "a", "hash", {"faq": IMPORT["faq"]}, LATER)
    seen = one.others("production", "r1", ["triage", "faq"])
    assert (runs(seen.later), list(seen.ahead)) == ({"triage": "r2"}, ["faq"])
    seen = other.others("production", "r2", ["triage", "faq"])
    assert (runs(seen.later), list(seen.ahead)) == ({"faq": "r1"}, ["triage"])


def test_a_run_that_says_it_anew_keeps_its_place(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.read("production")
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    assert (list(one.others("production", "r1", ["triage"]).ahead), list(one.others("production", "r1", ["triage"]).later)) == ([], ["triage"])
    assert (list(other.others("production", "r2", ["triage"]).ahead), list(other.others("production", "r2", ["triage"]).later)) == (["triage"], [])


def test_nobody_is_waited_for_whose_time_is_over_or_who_is_an_earlier_attempt_of_this_run(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    one.intend("production", "7.1", "a", "hash", IMPORT, LATER)
    other.intend("production", "8.1", "b", "hash", IMPORT, LATER)
    assert other.others("production", "7.2", ["triage"]).ahead["triage"][0].run == "8.1"
    one.intend("staging", "r1", "a", "hash", IMPORT, 1)
    other.intend("staging", "r2", "b", "hash", IMPORT, LATER)
    assert other.others("staging", "r2", ["triage"]) == Others()


def test_a_run_that_was_done_and_means_something_else_then_comes_after_who_came_in_between(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": IMPORT["triage"]}, LATER)
    other.read("production")
    other.intend("production", "r2", "b", "hash", {"triage": IMPORT["triage"]}, LATER)
    one.keep("production", "r1", "triage", draft=entry("1"))
    one.close("production", "r1", "triage", "done")
    one.flush()
    one.read("production")
    one.intend("production", "r1", "a", "hash", {"triage": Intended(ROLLBACK, "e" * 64)}, LATER)
    seen = one.others("production", "r1", ["triage"])
    assert (list(seen.ahead), list(seen.later)) == (["triage"], [])
    seen = other.others("production", "r2", ["triage"])
    assert (list(seen.ahead), list(seen.later)) == ([], ["triage"])


@pytest.mark.parametrize(("outcome", "moved"), [("done", True), ("failed", True), ("unknown", True), ("skipped", False)])
def test_nobody_is_waited_for_who_has_said_how_it_ended(two: tuple[Ledger, Ledger], outcome: str, moved: bool) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.close("production", "r1", "triage", outcome)
    one.flush()
    seen = other.others("production", "r2", ["triage", "faq"])
    assert (list(seen.ahead), seen.moved) == (["faq"], frozenset(["triage"] * moved))


def test_what_was_recorded_before_we_read_has_not_moved(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.keep("production", "r1", "triage", draft=entry("1"))
    one.flush()
    other.read("production")
    one.keep("production", "r1", "faq", draft=entry("1"))
    one.flush()
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    seen = other.others("production", "r2", ["triage", "faq"])
    assert (sorted(seen.ahead), seen.moved) == (["faq", "triage"], frozenset({"faq"}))


def test_who_waits_for_its_turn_is_not_forgotten_when_another_leaves_a_record(two: tuple[Ledger, Ledger], deployments: Any) -> None:
    one, other = two
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    other.intend("production", "r2", "b", "hash", IMPORT, LATER)
    one.keep("production", "r1", "triage", draft=entry("1"))
    one.close("production", "r1", "triage", "done")
    one.flush()
    third: Ledger = FileLedger(one.path) if isinstance(one, FileLedger) else GithubLedger(deployments, "c0ffee")
    recorded = third.read("production").of("triage")
    assert (recorded.open_intents, [each.run for each in recorded.unended]) == ((), ["r2"])
    third.intend("production", "r3", "c", "hash", IMPORT, LATER)
    assert [each.run for each in third.others("production", "r3", ["triage"]).ahead["triage"]] == ["r2"]


def test_an_unknown_outcome_leaves_an_intent_to_be_looked_after_and_to_be_waited_for_by_nobody(ledger: Ledger) -> None:
    ledger.intend("production", "r1", "a", "hash", IMPORT, LATER)
    ledger.close("production", "r1", "triage", "unknown")
    (intent,) = ledger.read("production").of("triage").open_intents
    assert (intent.run, intent.until, intent.over) == ("r1", LATER, True)


@pytest.mark.parametrize(("kept", "outcome", "rival"), [(True, "done", True), (True, "failed", True), (False, "failed", False), (False, None, True)])
def test_a_rival_that_came_to_nothing_is_none(ledger: Ledger, kept: bool, outcome: str | None, rival: bool) -> None:
    ledger.intend("production", "r1", "a", "hash", IMPORT, LATER)
    ledger.intend("production", "r2", "b", "hash", IMPORT, LATER)
    if kept:
        ledger.keep("production", "r2", "triage", draft=entry("1"))
    if outcome:
        ledger.close("production", "r2", "triage", outcome)
    assert runs(ledger.others("production", "r1", ["triage"]).later) == ({"triage": "r2"} if rival else {})


def test_without_an_intent_of_our_own_everybody_was_here_first(ledger: Ledger) -> None:
    ledger.intend("production", "r2", "b", "hash", IMPORT, LATER)
    seen = ledger.others("production", "r1", ["triage"])
    assert (seen.later, list(seen.ahead)) == ({}, ["triage"])


def test_all_that_is_known_as_one_fact_is_the_same_state() -> None:
    ledger = MemoryLedger()
    for version in "123":
        ledger.keep("production", "r", "triage", draft=entry(version), live=entry(version))
    ledger.keep("production", "r", "triage", live=entry("2", took_back="3" * 8))
    ledger.intend("production", "r9", "c0ffee", "hash", IMPORT)
    before = ledger.read("production")
    facts = [events.known("production", name, before.of(name), depth=10) for name in ("triage", "faq")]
    after = events.merge(facts, "production")
    assert after.workflows == before.workflows
    assert after.of("triage").taken_back == {"3" * 8}
    assert after.of("triage").open_intents[0].run == "r9"


def test_carried_on_are_the_last_releases_and_what_was_taken_back_before_them() -> None:
    ledger = MemoryLedger()
    ledger.keep("production", "r", "triage", live=entry("1", took_back="bad"))
    for version in "2345":
        ledger.keep("production", "r", "triage", live=entry(version))
    known = events.known("production", "triage", ledger.read("production").of("triage"), depth=2)
    after = events.merge([known, events.kept("production", "r", "triage", None, entry("6"))], "production").of("triage")
    assert [release.version for release in after.releases] == ["4", "5", "6"]
    assert after.taken_back == {"bad"}


def test_what_was_deleted_is_forgotten_and_may_come_back(ledger: Ledger) -> None:
    ledger.intend("production", "r1", "c0ffee", "hash", IMPORT)
    ledger.keep("production", "r2", "triage", draft=entry("1"), live=entry("1"))
    ledger.forget("production", "r3", "triage")
    assert "triage" not in ledger.read("production").workflows
    ledger.keep("production", "r4", "triage", draft=entry("2"))
    assert ledger.read("production").of("triage").draft == entry("2")


def test_that_we_made_it_stays_true_of_a_target(ledger: Ledger) -> None:
    ledger.keep("production", "r", "hello", draft=replace(entry("1"), created="KEY"))
    ledger.keep("production", "r", "hello", live=entry("1"))
    ledger.keep("production", "r", "hello", live=entry("2"))
    ledger.keep("production", "r", "hello", live=replace(entry("3"), target="another"))
    assert [each.created for each in ledger.read("production").of("hello").releases] == ["KEY", "KEY", ""]


def test_what_was_taken_back_may_be_known_by_the_first_half_of_its_fingerprint(ledger: Ledger) -> None:
    whole = "ab" * 32
    ledger.keep("production", "r", "triage", live=entry("1", took_back=whole[:32]))
    assert ledger.read("production").of("triage").was_taken_back(whole)
    ledger.keep("production", "r", "triage", live=replace(entry("2"), fingerprint=whole))
    assert not ledger.read("production").of("triage").was_taken_back(whole)


def test_a_rollback_is_done_when_it_says_what_is_live(ledger: Ledger) -> None:
    """A deploy's intent stays open until its end is told: an import may come after it."""
    ledger.intend("production", "r1", "c0ffee", "hash", {"triage": Intended(ROLLBACK, "f" * 64), "faq": IMPORT["faq"]})
    for name in ("triage", "faq"):
        ledger.keep("production", "r1", name, live=entry("1"))
    state = ledger.read("production")
    assert (state.of("triage").open_intents, state.of("faq").open_intents) == ((), (IMPORT["faq"],))
