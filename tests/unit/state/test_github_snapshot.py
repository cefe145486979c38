"""The event log assembled from deployments, in every order and with parts missing, and what a snapshot replaces."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from deployer.github.deployments import Deployment
from deployer.state import events
from deployer.state.base import DeployRecord, Intent, ProjectState
from deployer.state.github_log import EventLog, IgnoredRecords, LogBuilder
from deployer.state.github_payload import TOO_NEW, UNREADABLE
from deployer.state.github_snapshot import snapshot_events, without_unreachable_commits
from deployer.state.replay import replay

E = "production"


def record(version: str, commit: str = "") -> events.Event:
    return events.record_event(E, "r", "a", DeployRecord(fingerprint=version * 8, version=version, commit=commit), None)


def part(batch: str, *content: events.Event, number: int = 1, of: int = 1) -> dict[str, Any]:
    return {"flowship": 1, "batch": batch, "part": number, "of": of, "events" if of == 1 else "packed": list(content) if of == 1 else "AAAA"}


def assemble(payloads: Mapping[int, object], since: int | None = None) -> EventLog:
    """As read from GitHub: newest first."""
    builder = LogBuilder(10**12, since)
    for id_, payload in sorted(payloads.items(), reverse=True):
        builder.add(Deployment(id_, True, payload))
    return builder.log()


def states(log: Iterable[events.Event]) -> list[ProjectState]:
    return [ProjectState("", E, replay(log, E))]


def snapshot(up_to: int, *log: events.Event) -> dict[str, Any]:
    return part(f"snapshot {up_to}", *snapshot_events(EventLog(newest=up_to), states(log), E, 10))


def versions(log: EventLog) -> list[Any]:
    return [event["draft"]["version"] for event in log.events]


def test_batches_are_in_the_order_of_their_deployments() -> None:
    log = assemble({9: part("b", record("2")), 7: part("a", record("1"))})
    assert (versions(log), log.base, log.newest, log.later, log.ignored) == (["1", "2"], 0, 9, 2, ())
    assert assemble({}) == EventLog()


def test_torn_and_foreign_shapes_are_counted_and_left_out() -> None:
    log = assemble({1: part("torn", record("1"), number=1, of=2), 2: part("whole", record("2")), 3: None})
    assert (versions(log), log.ignored) == (["2"], (IgnoredRecords(UNREADABLE, 2),))


def test_snapshot_replaces_everything_up_to_its_deployment_and_nothing_later() -> None:
    """Deployment 3 was posted while the snapshot, read at 2, was on its way."""
    log = assemble({1: part("a", record("1")), 2: part("b", record("2")), 3: part("c", record("3")), 4: snapshot(2, record("2"))})
    assert (versions(log), log.base, log.later) == (["2", "3"], 2, 2)


@pytest.mark.parametrize("newer_first", [True, False])
def test_newest_snapshot_counts_whichever_was_posted_last(newer_first: bool) -> None:
    older, newer = snapshot(1, record("1")), snapshot(2, record("2"))
    log = assemble({1: part("a", record("1")), 2: part("b", record("2")), 3: newer if newer_first else older, 4: older if newer_first else newer})
    assert (versions(log), log.base) == (["2"], 2)


def test_log_since_a_deployment_has_neither_older_batches_nor_snapshots() -> None:
    log = assemble({1: part("a", record("1")), 2: part("b", record("2")), 3: snapshot(1, record("1"))}, since=1)
    assert (versions(log), log.base) == (["2"], 1)


def test_snapshot_that_is_torn_does_not_count() -> None:
    torn = part("torn", of=2)
    assert versions(assemble({1: part("a", record("1")), 2: torn})) == ["1"]


@pytest.mark.parametrize("up_to", [3, 4, 10**15, -5, 0])
def test_snapshot_of_what_came_after_it_does_not_count(up_to: int) -> None:
    log = assemble({1: part("a", record("1")), 3: snapshot(up_to, record("9")), 5: part("b", record("2"))})
    assert (versions(log), log.base, log.ignored) == (["1", "2"], 0, (IgnoredRecords(TOO_NEW, 1),))


def test_what_a_snapshot_covers_is_not_told_again() -> None:
    log = assemble({1: None, 2: part("a", record("1")), 3: None, 4: snapshot(3, record("1"))})
    assert (versions(log), log.ignored) == (["1"], ())


def test_records_of_unreachable_commits_are_dropped_from_a_snapshot_too() -> None:
    release = DeployRecord(fingerprint="1" * 8, version="1", commit="bad" + "0" * 37)
    known = snapshot_events(EventLog(), states([events.record_event(E, "r", "a", release, release)]), E, 10)[1]
    asked: list[str] = []

    def reached(commit: str) -> bool | None:
        asked.append(commit)
        return not commit.startswith("bad")

    state, notices = without_unreachable_commits(EventLog((known, record("2", "good"))), E, reached)
    assert (state.of("a").draft, state.of("a").releases) == (DeployRecord(fingerprint="2" * 8, version="2", commit="good"), ())
    assert (len(asked), len(set(asked))) == (2, 2)
    assert notices == ("2 records of the state did not count: no branch or tag reaches commit bad0000.",)


def test_record_whose_commit_cannot_be_looked_up_counts() -> None:
    state, notices = without_unreachable_commits(EventLog((record("1", "maybe"),)), E, lambda _: None)
    assert (state.of("a").draft is not None, notices) == (True, ())


@pytest.mark.parametrize(("draft", "live"), [("good", "bad"), ("bad", "good"), ("", "bad")])
@pytest.mark.parametrize("in_snapshot", [True, False])
def test_only_the_record_of_the_unreachable_commit_is_dropped(draft: str, live: str, in_snapshot: bool) -> None:
    drafted = DeployRecord(fingerprint="1" * 8, commit=draft) if draft else None
    released = DeployRecord(fingerprint="2" * 8, commit=live)
    log = [events.record_event(E, "r", "a", drafted, released)]
    opened = events.intent_event(E, "r9", "bad", "", {"b": Intent("import", "f")})
    events_read = snapshot_events(EventLog(), states(log), E, 10) if in_snapshot else log
    state, notices = without_unreachable_commits(EventLog((*events_read, opened)), E, lambda commit: commit != "bad")
    record = state.of("a")
    assert (record.draft, record.live) == (drafted if draft == "good" else None, released if live == "good" else None)
    assert (len(state.of("b").open_intents), len(notices)) == (1, 1)
