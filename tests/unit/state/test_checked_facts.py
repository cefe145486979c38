"""What the state knows of evals: a release that must be looked at, what failed, and how earlier ones did."""

from collections.abc import Sequence

import pytest

from deployer.state import events, github_payload
from deployer.state.base import DeployRecord, EvalRecord, Intent, WorkflowRecord

E = "production"
BAD = DeployRecord(fingerprint="b" * 64, version="1.0.2", run="2")
GOOD = DeployRecord(fingerprint="a" * 64, version="1.0.1", run="1")


def merged(*facts: events.Event) -> WorkflowRecord:
    return events.merge(facts, E).of("a")


def released(entry: DeployRecord, *, evaluate: bool = True) -> Sequence[events.Event]:
    return (
        events.intent_event(E, entry.run, "c0ffee", "", {"a": Intent("import", entry.fingerprint, "1", evaluate=evaluate)}),
        events.recorded_event(E, entry.run, "a", entry, entry),
        events.finished_event(E, entry.run, "a", "done"),
    )


def judged(entry: DeployRecord, *, passed: bool, gate: bool = True) -> events.Event:
    return events.evals_event(E, entry.run, "a", EvalRecord(fingerprint=entry.fingerprint, version=entry.version, passed=passed, gate=gate, rate=0.5))


def test_a_release_waits_for_its_evals() -> None:
    assert merged(*released(BAD)).awaiting_evals == BAD
    assert merged(*released(BAD, evaluate=False)).awaiting_evals is None


def test_what_passed_waits_no_more() -> None:
    found = merged(*released(GOOD), judged(GOOD, passed=True))
    assert (found.awaiting_evals, found.rolled_back_fingerprints, [each.rate for each in found.evals]) == (None, frozenset(), [0.5])


def test_what_failed_counts_as_rolled_back_and_waits_for_it() -> None:
    facts = (*released(GOOD), judged(GOOD, passed=True), *released(BAD), judged(BAD, passed=False))
    found = merged(*facts)
    assert found.awaiting_evals == BAD
    assert found.was_rolled_back(BAD.fingerprint)
    back = DeployRecord(fingerprint=GOOD.fingerprint, version="1.0.1", run="2", reverted_fingerprint=BAD.fingerprint)
    intent = events.intent_event(E, "2", "c0ffee", "", {"a": Intent("rollback", GOOD.fingerprint)})
    done = merged(*facts, intent, events.recorded_event(E, "2", "a", None, back))
    assert (done.awaiting_evals, done.live) == (None, back)
    assert done.was_rolled_back(BAD.fingerprint)


def test_what_only_is_told_of_is_not_rolled_back() -> None:
    found = merged(*released(BAD, evaluate=False), judged(BAD, passed=False, gate=False))
    assert (found.rolled_back_fingerprints, len(found.evals)) == (frozenset(), 1)


def test_passing_later_makes_good() -> None:
    found = merged(*released(BAD), judged(BAD, passed=False), judged(BAD, passed=True))
    assert (found.awaiting_evals, found.rolled_back_fingerprints) == (None, frozenset())


@pytest.mark.parametrize("facts", [(*released(GOOD), judged(GOOD, passed=True), *released(BAD)), (*released(BAD), judged(BAD, passed=False))])
def test_a_snapshot_carries_it_on(facts: Sequence[events.Event]) -> None:
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
