"""The state in GitHub Deployments: read in few requests, whatever others post and GitHub refuses."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from deployer.model.errors import UsageError
from deployer.state import github
from deployer.state.base import ConcurrentRuns, DeployRecord, Intent
from deployer.state.github import GithubStateStore

HOME = "flowship/production"
LATER = time.time_ns() // 1_000_000 + 3_600_000  # epoch milliseconds
IMPORT = {"triage": Intent("import", "f" * 64, "01234567")}


def record(version: str = "1", commit: str = "c0ffee") -> DeployRecord:
    return DeployRecord(fingerprint=version * 8, version=version, target="bot", host="https://h", commit=commit, run="r", time=1)


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def store(deployments: Any) -> Callable[..., GithubStateStore]:
    """Makes the store of a new run."""
    return lambda **options: GithubStateStore(deployments, "c0ffee", **{"now": Now(), **options})


def ship(store: GithubStateStore, run: str, workflows: Mapping[str, DeployRecord], *, read: bool = True) -> tuple[str, ...]:
    """A whole run: intent, a draft and an outcome for each, the end."""
    if read:
        store.read("production")
    store.intend("production", run, "c0ffee", "hash", {name: Intent("import", draft.fingerprint, "a") for name, draft in workflows.items()})
    for name, draft in workflows.items():
        store.record("production", run, name, draft=draft)
        store.finish("production", run, name, "done")
    return store.flush()


def test_run_posts_two_deployments_which_the_next_run_reads(store: Any, deployments: Any) -> None:
    assert ship(store(), "r1", {"triage": record("1"), "faq": record("2")}) == ()
    assert [row.description for row in deployments.rows] == ["Flowship: 2 workflows to write, run r1", "Flowship: outcome of 2 workflows, run r1"]
    state = store().read("production")
    assert (state.of("triage").draft, state.of("faq").draft, state.of("triage").open_intents, state.notices) == (record("1"), record("2"), (), ())
    assert store().read("staging").workflows == {}


def test_intent_is_posted_at_once(store: Any) -> None:
    store().intend("production", "r1", "c0ffee", "hash", IMPORT)
    (intent,) = store().read("production").of("triage").open_intents
    assert (intent, intent.run) == (IMPORT["triage"], "r1")


def test_records_are_posted_after_a_hundred_outcomes_or_a_minute(store: Any, deployments: Any) -> None:
    now = Now()
    running = store(now=now)
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)
    for number in range(250):
        running.record("production", "r1", f"w{number}", draft=record())
        running.finish("production", "r1", f"w{number}", "done")
    assert len(deployments.rows) == 3  # the intent, and twice a hundred
    now.seconds = 61.0
    assert running.concurrent_runs("production", "r1", ["triage"]) == ConcurrentRuns()
    assert len(deployments.rows) == 4
    assert len(store().read("production").workflows) == 251  # `triage` was intended only
    assert running.flush() == running.flush() == ()
    assert len(deployments.rows) == 4


def test_records_of_many_threads_are_all_posted(store: Any) -> None:
    running = store()
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)

    def work(thread: int) -> None:
        for number in range(150):
            running.record("production", "r1", f"{thread}.{number}", draft=record(str(number)))
            running.finish("production", "r1", f"{thread}.{number}", "done")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.flush()
    state = store().read("production")
    assert {f"{thread}.{number}" for thread in range(4) for number in range(150)} <= set(state.workflows)


def test_a_thousand_workflows_are_split_and_read_again(store: Any, deployments: Any) -> None:
    drafts = {f"w{number}": replace(record(), fingerprint=secrets.token_hex(32), target=secrets.token_hex(12)) for number in range(1000)}
    ship(store(), "r1", drafts)
    assert any(row.payload["of"] > 1 for row in deployments.rows)
    state = store().read("production")
    assert {name: workflow.draft for name, workflow in state.workflows.items()} == drafts
    assert deployments.reads == 2  # each run reads once


@pytest.mark.parametrize("runs", [30, 400])
def test_reading_takes_a_request_or_two_however_long_the_log(store: Any, deployments: Any, runs: int) -> None:
    for number in range(runs):
        ship(store(), f"r{number}", {f"w{number % 7}": record(str(number))})
    before = deployments.reads
    state = store().read("production")
    assert deployments.reads - before <= 2
    newest = {f"w{number % 7}": record(str(number)) for number in range(runs)}
    assert {name: workflow.draft for name, workflow in state.workflows.items()} == newest


def test_ten_thousand_deployments_are_read_in_two_requests(store: Any, deployments: Any) -> None:
    ship(store(), "r0", {"old": record("0")})
    for number in range(5000):
        ship(store(), "r", {"triage": record("1")}, read=number % 10 == 9)
    assert len(deployments.rows) > 10_000
    before = deployments.reads
    state = store().read("production")
    assert deployments.reads - before <= 2
    assert (state.of("old").draft, state.of("triage").draft) == (record("0"), record("1"))


def test_without_any_snapshot_reading_stops_with_a_notice(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "MAX_PAGES", 10)
    for number in range(1500):
        ship(store(), f"r{number}", {f"w{number}": record("1")}, read=False)
    state = store().read("production")
    assert deployments.reads == github.MAX_PAGES
    assert (len(state.workflows), len(state.notices)) == (500, 1)
    assert "newest 1,000" in state.notices[0]


def test_records_posted_while_a_snapshot_was_made_are_not_lost(store: Any, deployments: Any) -> None:
    for number in range(40):
        ship(store(), f"r{number}", {"a": record(str(number))}, read=False)
    slow = store()
    slow.read("production")
    ship(store(), "between", {"b": record("7")}, read=False)
    ship(slow, "slow", {"c": record("8")}, read=False)
    assert "snapshot of" in deployments.rows[-1].description
    for _ in range(60):
        deployments.add(HOME, None, ours=False)
    state = store().read("production")
    assert (state.of("a").draft, state.of("b").draft, state.of("c").draft) == (record("39"), record("7"), record("8"))


def test_two_runs_that_end_together_add_one_snapshot(store: Any, deployments: Any) -> None:
    for number in range(40):
        ship(store(), f"r{number}", {"a": record(str(number))}, read=False)
    one, other = store(), store()
    one.read("production")
    other.read("production")
    ship(one, "one", {"a": record("1")}, read=False)
    ship(other, "other", {"a": record("2")}, read=False)
    assert sum("snapshot of" in row.description for row in deployments.rows) == 1
    assert store().read("production").of("a").draft == record("2")


def test_snapshot_keeps_releases_and_open_intents(store: Any) -> None:
    first = store()
    first.intend("production", "cut-off", "c0ffee", "hash", {"new": Intent("create", "f" * 64, "New")})
    for version in "1234":
        first.record("production", "r", "a", live=record(version))
    first.flush()
    for number in range(100):
        ship(store(), f"r{number}", {"b": record(str(number))}, read=number % 10 == 9)
    state = store().read("production")
    assert [release.version for release in state.of("a").releases] == ["1", "2", "3", "4"]
    assert state.of("new").open_intents[0].attempt == "New"


def test_no_snapshot_without_time(store: Any, deployments: Any) -> None:
    for number in range(60):
        ship(store(in_time=lambda: False), f"r{number}", {"a": record(str(number))})
    assert not any("snapshot of" in row.description for row in deployments.rows)


def test_deployments_of_others_do_not_count(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": record("1")})
    forged = json.loads(json.dumps(deployments.rows[-1].payload).replace('"11111111"', '"66666666"'))
    deployments.add(HOME, {**forged, "batch": "other"}, ours=False)
    deployments.add(HOME, {"flowship": 99}, ours=False)
    state = store().read("production")
    assert state.of("triage").draft == record("1")
    assert "2 records" in state.notices[0]
    assert "neither this token nor a job's default token" in state.notices[0]


def test_unreadable_deployments_are_a_notice_and_the_rest_counts(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": record("1")})
    deployments.add(HOME, {"hello": "world"})
    deployments.add(HOME, {"flowship": 1, "batch": "x", "part": 1, "of": 2, "packed": "AAAA"})
    state = store().read("production")
    assert state.of("triage").draft == record("1")
    assert state.notices == (f"2 records among the deployments of `{HOME}` did not count: cut off, or not readable.",)


def test_a_newer_format_is_refused(store: Any, deployments: Any) -> None:
    deployments.add(HOME, {"flowship": 2, "batch": "x", "part": 1, "of": 1, "events": []})
    with pytest.raises(UsageError, match=r"deployment 7\)\. Nothing was written"):
        store().read("production")


def test_record_of_an_unreachable_commit_yields_to_the_one_before(store: Any) -> None:
    asked: list[str] = []

    def reached(commit: str) -> bool | None:
        asked.append(commit)
        return commit not in ("bad1", "bad2")

    for version, commit in (("1", "good"), ("2", "bad1"), ("3", "bad2")):
        ship(store(), f"r{version}", {"triage": record(version, commit)})
    state = store(reached=reached).read("production")
    assert state.of("triage").draft == record("1", "good")
    assert asked == ["bad2", "bad1", "good"]
    assert [notice.split(":")[0] for notice in state.notices] == ["1 record of the state did not count"] * 2


def test_record_of_a_commit_that_cannot_be_looked_up_counts(store: Any) -> None:
    ship(store(), "r1", {"triage": record("1", "maybe")})
    assert store(reached=lambda _: None).read("production").of("triage").draft == record("1", "maybe")


@pytest.mark.parametrize(("status", "words"), [(403, "deployments: write"), (404, "deployments: write"), (401, "accept the token")])
def test_without_read_permission_a_run_continues_with_one_notice(store: Any, deployments: Any, status: int, words: str) -> None:
    deployments.refuse = {"newest": status, "post": status}
    running = store()
    state = running.read("production")
    assert words in state.notices[0]
    assert (state.workflows, running.is_durable) == ({}, False)
    assert ship(running, "r1", {"triage": record("1")}, read=False) == ()
    assert running.concurrent_runs("production", "r1", ["triage"]) == ConcurrentRuns()


def test_without_write_permission_the_end_names_what_is_not_recorded(store: Any, deployments: Any) -> None:
    ship(store(), "r1", {"triage": record("1")})
    deployments.refuse = {"post": 403}
    running = store()
    assert running.read("production").of("triage").draft == record("1")
    (notice,) = ship(running, "r2", {f"w{number}": record("2") for number in range(7)}, read=False)
    assert "w0, w1, w2, w3, w4 and 2 more workflows could not be recorded" in notice
    assert running.is_durable is False


def test_pending_records_are_posted_after_an_outage(store: Any, deployments: Any) -> None:
    running = store()
    deployments.refuse = {"post": 502}
    running.intend("production", "r1", "c0ffee", "hash", IMPORT)
    running.record("production", "r1", "triage", draft=record("1"))
    deployments.refuse = {}
    running.finish("production", "r1", "triage", "done")
    assert running.flush() == ()
    assert store().read("production").of("triage").draft == record("1")
    deployments.refuse = {"post": None}
    assert "triage could not be recorded" in ship(store(), "r2", {"triage": record("2")})[0]
    assert running.is_durable is True


def test_read_in_an_outage_is_an_empty_state_with_a_notice(store: Any, deployments: Any) -> None:
    deployments.refuse = {"newest": None}
    state = store().read("production")
    assert (state.workflows, len(state.notices)) == ({}, 1)


def test_concurrent_runs_take_one_request_behind_a_snapshot_too(store: Any, deployments: Any) -> None:
    for number in range(60):
        ship(store(), f"r{number}", {"a": record(str(number))}, read=False)
    late = store()
    mine, other = store(), store()
    for running in (mine, other, late):
        running.read("production")
    mine.intend("production", "mine", "c0ffee", "hash", IMPORT, LATER)
    late.read("production")
    ship(late, "late", {"a": record("1")}, read=False)  # adds a snapshot that holds our intent
    other.intend("production", "other", "c0ffee", "hash", IMPORT, LATER)
    before = deployments.reads
    assert mine.concurrent_runs("production", "mine", ["triage", "faq"]).latest_intent["triage"].run == "other"
    assert other.concurrent_runs("production", "other", ["triage"]).earlier_intents["triage"][0].run == "mine"
    assert deployments.reads - before == 2
    deployments.refuse = {"newest": 502}
    assert mine.concurrent_runs("production", "mine", ["triage"]) == ConcurrentRuns()


def test_run_that_was_killed_before_this_one_read_does_not_count(store: Any) -> None:
    store().intend("production", "killed", "c0ffee", "hash", IMPORT, LATER)
    going = store(is_over=lambda run: None)
    going.read("production")
    assert list(going.concurrent_runs("production", "r2", ["triage"]).earlier_intents) == ["triage"]
    going = store(is_over=lambda run: run == "killed")
    going.read("production")
    assert going.concurrent_runs("production", "r2", ["triage"]) == ConcurrentRuns()


def test_run_that_is_killed_after_this_one_read_may_have_written(store: Any) -> None:
    store().intend("production", "killed", "c0ffee", "hash", IMPORT, LATER)
    over: set[str] = set()
    going = store(is_over=lambda run: run in over)
    going.read("production")
    over.add("killed")
    assert going.concurrent_runs("production", "r2", ["triage"]) == ConcurrentRuns(possibly_changed=frozenset({"triage"}))


def test_snapshot_keeps_the_time_at_which_a_run_gives_up(store: Any) -> None:
    store().intend("production", "mine", "c0ffee", "hash", IMPORT, LATER)
    for number in range(60):
        ship(store(), f"r{number}", {"a": record(str(number))})
    (intent,) = store().read("production").of("triage").open_intents
    assert (intent.run, intent.gives_up_at) == ("mine", LATER)
