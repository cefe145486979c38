"""What the ledger knows of checks: a release that must be looked at, what failed, and how earlier ones did."""

from collections.abc import Sequence

import pytest

from deployer.state import events, github_payload
from deployer.state.base import Checked, Entry, Intended, Recorded

E = "production"
BAD = Entry(fingerprint="b" * 64, version="1.0.2", run="2")
GOOD = Entry(fingerprint="a" * 64, version="1.0.1", run="1")


def merged(*facts: events.Fact) -> Recorded:
    return events.merge(facts, E).of("a")


def released(entry: Entry, *, check: bool = True) -> Sequence[events.Fact]:
    return (
        events.intent(E, entry.run, "c0ffee", "", {"a": Intended("import", entry.fingerprint, "1", check=check)}),
        events.kept(E, entry.run, "a", entry, entry),
        events.closed(E, entry.run, "a", "done"),
    )


def judged(entry: Entry, *, passed: bool, gate: bool = True) -> events.Fact:
    return events.checked(E, entry.run, "a", Checked(fingerprint=entry.fingerprint, version=entry.version, passed=passed, gate=gate, rate=0.5))


def test_a_release_waits_for_its_checks() -> None:
    assert merged(*released(BAD)).unchecked == BAD
    assert merged(*released(BAD, check=False)).unchecked is None


def test_what_passed_waits_no_more() -> None:
    found = merged(*released(GOOD), judged(GOOD, passed=True))
    assert (found.unchecked, found.taken_back, [each.rate for each in found.checks]) == (None, frozenset(), [0.5])


def test_what_failed_counts_as_taken_back_and_waits_for_it() -> None:
    facts = (*released(GOOD), judged(GOOD, passed=True), *released(BAD), judged(BAD, passed=False))
    found = merged(*facts)
    assert found.unchecked == BAD
    assert found.was_taken_back(BAD.fingerprint)
    back = Entry(fingerprint=GOOD.fingerprint, version="1.0.1", run="2", took_back=BAD.fingerprint)
    intent = events.intent(E, "2", "c0ffee", "", {"a": Intended("rollback", GOOD.fingerprint)})
    done = merged(*facts, intent, events.kept(E, "2", "a", None, back))
    assert (done.unchecked, done.live) == (None, back)
    assert done.was_taken_back(BAD.fingerprint)


def test_what_only_is_told_of_is_not_taken_back() -> None:
    found = merged(*released(BAD, check=False), judged(BAD, passed=False, gate=False))
    assert (found.taken_back, len(found.checks)) == (frozenset(), 1)


def test_passing_later_makes_good() -> None:
    found = merged(*released(BAD), judged(BAD, passed=False), judged(BAD, passed=True))
    assert (found.unchecked, found.taken_back) == (None, frozenset())


@pytest.mark.parametrize("facts", [(*released(GOOD), judged(GOOD, passed=True), *released(BAD)), (*released(BAD), judged(BAD, passed=False))])
def test_a_snapshot_carries_it_on(facts: Sequence[events.Fact]) -> None:
    found = merged(*facts)
    snapshot = events.known(E, "a", found, 10)
    assert merged(snapshot) == found
    (packed,) = github_payload.pack([snapshot])
    part = github_payload.part(packed)
    assert part
    assert github_payload.unpack([part]) == [snapshot]


@pytest.mark.parametrize("checked", [None, {}, {"fingerprint": 1}, {"fingerprint": "a", "rate": "high"}, {"fingerprint": "a", "passed": "no"}])
def test_what_others_post_and_is_no_verdict_counts_for_nothing(checked: object) -> None:
    fact = {"kind": "checked", "environment": E, "run": "1", "workflow": "a", "checked": checked}
    (packed,) = github_payload.pack([fact])
    part = github_payload.part(packed)
    assert part
    assert github_payload.unpack([part]) == []
