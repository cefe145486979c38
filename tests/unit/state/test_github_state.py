"""The state in GitHub Deployments: what is said is read, in few requests, whoever else posts there and whatever is refused."""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from deployer.model.errors import UsageError
from deployer.state import github
from deployer.state.base import ConcurrentRuns, DeployRecord, Intent
from deployer.state.github import GithubStateStore

HOME = "flowship/production"
LATER = 10**14  # epoch milliseconds
IMPORT = {"triage": Intent("import", "f" * 64, "01234567")}


def entry(version: str = "1", commit: str = "c0ffee") -> DeployRecord:
    return DeployRecord(fingerprint=version * 8, version=version, target="bot", host="https://h", commit=commit, run="r", time=1)


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def store(deployments: Any) -> Callable[..., GithubStateStore]:
    """A state as a new run makes it."""
    return lambda **options: GithubStateStore(deployments, "c0ffee", **{"now": Now(), **options})


def ship(store: GithubStateStore, run: str, workflows: Mapping[str, DeployRecord], *, read: bool = True) -> tuple[str, ...]:
    """A whole run: intent, a draft and an outcome for each, the end."""
    if read:
        store.read("production")
    store.intend("production", run, "c0ffee", "hash", {name: Intent("import", each.fingerprint, "a") for name, each in workflows.items()})
    for name, each in workflows.items():
        store.record("production", run, name, draft=each)
        store.finish("production", run, name, "done")
    return store.flush()


def test_a_run_is_two_deployments_and_the_next_run_knows(store: Any, deployments: Any) -> None:
    assert ship(store(), "r1", {"triage": entry("1"), "faq": entry("2")}) == ()
    assert [row.description for row in deployments.rows] == ["Flowship: 2 workflows to write, run r1", "Flowship: what became of 2 workflows, run r1"]
    state = store().read("production")
    assert (state.of("triage").draft, state.of("faq").draft, state.of("triage").open_intents, state.notices) == (entry("1"), entry("2"), (), ())
    assert store().read("staging").workflows == {}


def test_the_intent_is_there_before_anything_else_is_said(store: Any) -> None:
    store().intend("production", "r1", "c0ffee", "hash", IMPORT)
    (intent,) = store().read("production").of("triage").open_intents
    assert (intent, intent.run) == (IMPORT["triage"], "r1")


def test_records_wait_for_a_hundred_outcomes_or_a_minute(store: Any, deployments: Any) -> None:
    now = Now()
    running = store(now=now)
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)
    for number in range(250):
        running.record("production", "r1", f"w{number}", draft=entry())
        running.finish("production", "r1", f"w{number}", "done")
    assert len(deployments.rows) == 3  # the intent, and twice a hundred
    now.seconds = 61.0
    assert running.concurrent_runs("production", "r1", ["triage"]) == ConcurrentRuns()
    assert len(deployments.rows) == 4
    assert len(store().read("production").workflows) == 251  # `triage` was intended only
    assert running.flush() == running.flush() == ()
    assert len(deployments.rows) == 4


def test_threads_lose_nothing(store: Any) -> None:
    running = store()
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)

    def work(thread: int) -> None:
        for number in range(150):
            running.record("production", "r1", f"{thread}.{number}", draft=entry(str(number)))
            running.finish("production", "r1", f"{thread}.{number}", "done")

    threads = [threading.Thread(target=work, args=(each,)) for each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    running.flush()
    state = store().read("production")
    assert {f"{thread}.{number}" for thread in range(4) for number in range(150)} <= set(state.workflows)


def test_a_thousand_workflows_are_split_and_read_again(store: Any, deployments: Any) -> None:
    wanted = {f"w{number}": replace(entry(), fingerprint=secrets.token_hex(32), target=secrets.token_hex(12)) for number in range(1000)}
    ship(store(), "r1", wanted)
    assert any(row.payload["of"] > 1 for row in deployments.rows)
    state = store().read("production")
    assert {name: recorded.draft for name, recorded in state.workflows.items()} == wanted
    assert deployments.reads == 2  # each run reads once


@pytest.mark.parametrize("runs", [30, 400])
def test_reading_stays_at_a_request_or_two_however_much_piled_up(store: Any, deployments: Any, runs: int) -> None:
    for number in range(runs):
        ship(store(), f"r{number}", {f"w{number % 7}": entry(str(number))})
    before = deployments.reads
    state = store().read("production")
    assert deployments.reads - before <= 2
    newest = {f"w{number % 7}": entry(str(number)) for number in range(runs)}
    assert {name: recorded.draft for name, recorded in state.workflows.items()} == newest


def test_ten_thousand_deployments_are_read_in_two_requests(store: Any, deployments: Any) -> None:
    ship(store(), "r0", {"old": entry("0")})
    for number in range(5000):
        ship(store(), "r", {"triage": entry("1")}, read=number % 10 == 9)
    assert len(deployments.rows) > 10_000
    before = deployments.reads
    state = store().read("production")
    assert deployments.reads - before <= 2
    assert (state.of("old").draft, state.of("triage").draft) == (entry("0"), entry("1"))


def test_without_any_snapshot_reading_stops_and_says_so(store: Any, deployments: Any) -> None:
    for number in range(1500):
        ship(store(), f"r{number}", {f"w{number}": entry("1")}, read=False)
    state = store().read("production")
    assert deployments.reads == github.PAGES
    assert (len(state.workflows), len(state.notices)) == (500, 1)
    assert "newest 1000" in state.notices[0]


def test_what_was_said_while_a_snapshot_was_on_its_way_is_not_lost(store: Any, deployments: Any) -> None:
    for number in range(40):
        ship(store(), f"r{number}", {"a": entry(str(number))}, read=False)
    slow = store()
    slow.read("production")
    ship(store(), "between", {"b": entry("7")}, read=False)
    ship(slow, "slow", {"c": entry("8")}, read=False)
    assert "all that is known" in deployments.rows[-1].description
    for _ in range(60):
        deployments.add(HOME, None, ours=False)
    state = store().read("production")
    assert (state.of("a").draft, state.of("b").draft, state.of("c").draft) == (entry("39"), entry("7"), entry("8"))


def test_two_runs_that_end_together_add_one_snapshot(store: Any, deployments: Any) -> None:
    for number in range(40):
        ship(store(), f"r{number}", {"a": entry(str(number))}, read=False)
    one, other = store(), store()
    one.read("production")
    other.read("production")
    ship(one, "one", {"a": entry("1")}, read=False)
    ship(other, "other", {"a": entry("2")}, read=False)
    assert sum("all that is known" in row.description for row in deployments.rows) == 1
    assert store().read("production").of("a").draft == entry("2")


def test_a_snapshot_carries_releases_what_was_rolled_back_and_open_intents(store: Any) -> None:
    first = store()
    first.intend("production", "cut off", "c0ffee", "hash", {"new": Intent("create", "f" * 64, "New")})
    for version in "1234":
        first.record("production", "r", "a", live=entry(version))
    first.flush()
    for number in range(100):
        ship(store(), f"r{number}", {"b": entry(str(number))}, read=number % 10 == 9)
    state = store().read("production")
    assert [release.version for release in state.of("a").releases] == ["1", "2", "3", "4"]
    assert state.of("new").open_intents[0].attempt == "New"


def test_no_snapshot_where_there_is_no_time(store: Any, deployments: Any) -> None:
    for number in range(60):
        ship(store(in_time=lambda: False), f"r{number}", {"a": entry(str(number))})
    assert not any("all that is known" in row.description for row in deployments.rows)


def test_what_others_made_does_not_count(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": entry("1")})
    forged = json.loads(json.dumps(deployments.rows[-1].payload).replace('"11111111"', '"66666666"'))
    deployments.add(HOME, {**forged, "parcel": "other"}, ours=False)
    deployments.add(HOME, {"flowship": 99}, ours=False)
    state = store().read("production")
    assert state.of("triage").draft == entry("1")
    assert "2 records" in state.notices[0]
    assert "neither this token nor a job's default token" in state.notices[0]


def test_what_cannot_be_read_is_told_and_the_rest_counts(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": entry("1")})
    deployments.add(HOME, {"hello": "world"})
    deployments.add(HOME, {"flowship": 1, "parcel": "x", "part": 1, "of": 2, "packed": "AAAA"})
    state = store().read("production")
    assert state.of("triage").draft == entry("1")
    assert state.notices == (f"2 records among the deployments of `{HOME}` did not count: cut off, or not readable.",)


def test_a_newer_format_is_refused(store: Any, deployments: Any) -> None:
    deployments.add(HOME, {"flowship": 2})
    with pytest.raises(UsageError, match="Nothing was written"):
        store().read("production")


def test_a_commit_that_nothing_reaches_gives_way_to_the_one_before(store: Any) -> None:
    asked: list[str] = []

    def reached(commit: str) -> bool | None:
        asked.append(commit)
        return commit not in ("bad1", "bad2")

    for version, commit in (("1", "good"), ("2", "bad1"), ("3", "bad2")):
        ship(store(), f"r{version}", {"triage": entry(version, commit)})
    state = store(reached=reached).read("production")
    assert state.of("triage").draft == entry("1", "good")
    assert asked == ["bad2", "bad1", "good"]
    assert [notice.split(":")[0] for notice in state.notices] == ["1 record of the state did not count"] * 2


def test_what_cannot_be_known_of_a_commit_counts(store: Any) -> None:
    ship(store(), "r1", {"triage": entry("1", "maybe")})
    assert store(reached=lambda _: None).read("production").of("triage").draft == entry("1", "maybe")


@pytest.mark.parametrize(("status", "words"), [(403, "deployments: write"), (404, "deployments: write"), (401, "accept the token")])
def test_where_nothing_may_be_read_a_run_goes_on_and_says_so_once(store: Any, deployments: Any, status: int, words: str) -> None:
    deployments.refuse = {"newest": status, "post": status}
    running = store()
    state = running.read("production")
    assert words in state.notices[0]
    assert (state.workflows, running.is_durable) == ({}, False)
    assert ship(running, "r1", {"triage": entry("1")}, read=False) == ()
    assert running.concurrent_runs("production", "r1", ["triage"]) == ConcurrentRuns()


def test_a_token_that_may_only_read_says_at_the_end_what_is_not_recorded(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": entry("1")})
    deployments.refuse = {"post": 403}
    running = store()
    assert running.read("production").of("triage").draft == entry("1")
    (notice,) = ship(running, "r2", {f"w{number}": entry("2") for number in range(7)}, read=False)
    assert "w0, w1, w2, w3, w4 and 2 more workflows could not be recorded" in notice
    assert running.is_durable is False


def test_an_outage_is_a_notice_and_what_waits_is_posted_when_it_is_over(store: Any, deployments: Any) -> None:
    running = store()
    deployments.refuse = {"post": 502}
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)
    running.record("production", "r1", "triage", draft=entry("1"))
    deployments.refuse = {}
    running.finish("production", "r1", "triage", "done")
    assert running.flush() == ()
    assert store().read("production").of("triage").draft == entry("1")
    deployments.refuse = {"post": None}
    assert "triage could not be recorded" in ship(store(), "r2", {"triage": entry("2")})[0]
    assert running.is_durable is True


def test_a_reader_in_an_outage_believes_the_platforms(store: Any, deployments: Any) -> None:
    deployments.refuse = {"newest": None}
    state = store().read("production")
    assert (state.workflows, len(state.notices)) == ({}, 1)


def test_others_are_seen_in_one_request_behind_a_snapshot_too(store: Any, deployments: Any) -> None:
    for number in range(60):
        ship(store(), f"r{number}", {"a": entry(str(number))}, read=False)
    late = store()
    mine, other = store(), store()
    for each in (mine, other, late):
        each.read("production")
    mine.intend("production", "mine", "c0ffee", "hash", IMPORT, LATER)
    late.read("production")
    ship(late, "late", {"a": entry("1")}, read=False)  # adds a snapshot that holds our intent
    other.intend("production", "other", "c0ffee", "hash", IMPORT, LATER)
    before = deployments.reads
    assert mine.concurrent_runs("production", "mine", ["triage", "faq"]).latest_intent["triage"].run == "other"
    assert other.concurrent_runs("production", "other", ["triage"]).earlier_intents["triage"][0].run == "mine"
    assert deployments.reads - before == 2
    deployments.refuse = {"newest": 502}
    assert mine.concurrent_runs("production", "mine", ["triage"]) == ConcurrentRuns()


def test_a_run_that_github_says_is_over_is_looked_after_and_not_waited_for(store: Any) -> None:
    store().intend("production", "killed", "c0ffee", "hash", IMPORT, LATER)
    going = store(is_over=lambda run: None)
    going.read("production")
    assert list(going.concurrent_runs("production", "r2", ["triage"]).earlier_intents) == ["triage"]
    going = store(is_over=lambda run: run == "killed")
    going.read("production")
    assert going.concurrent_runs("production", "r2", ["triage"]) == ConcurrentRuns(possibly_changed=frozenset({"triage"}))


def test_until_when_a_run_may_write_is_carried_on_by_a_snapshot(store: Any) -> None:
    store().intend("production", "mine", "c0ffee", "hash", IMPORT, LATER)
    for number in range(60):
        ship(store(), f"r{number}", {"a": entry(str(number))})
    (intent,) = store().read("production").of("triage").open_intents
    assert (intent.run, intent.gives_up_at) == ("mine", LATER)
