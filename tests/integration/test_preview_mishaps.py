"""Previews when things go wrong or happen at once: races for a Workflow, clean-ups twice and missed. Judged on what the sandbox
holds. (Lost replies, signals and kills: test_disturbed_requests.py, test_stopped_anywhere.py.)"""

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, DEPLOY, PREVIEW, Events

IMPORT = {"method": "POST", "path": "/v1/workflow/version/import"}
CREATE = {"method": "POST", "path": "/v1/workflows"}


@pytest.fixture
def events(repository: Any, sandbox: Any) -> Iterator[Events]:
    with running(GitHub()) as hub:
        yield Events(repository, sandbox, hub)


def said(ran: Any) -> str:
    return " ".join([*ran.report["notices"], *(change["warning"] or "" for change in ran.report["changes"])])


def finished(process: "subprocess.Popen[str]") -> tuple[int, str]:
    out, _ = process.communicate(timeout=90)
    return process.returncode, out


def judge(events: Events, *numbers: int) -> None:
    """One live preview of each of these pull requests on either platform, with its newest content, and none of any other."""
    names = sorted(each["name"] for each in events.copies())
    assert names == sorted(f"Onboarding (preview #{number})" for number in numbers)
    lives = [events.live(place)["version_desc"] for place in (1, 2) if any(version["status"] == "PUBLISHED" for version in events.pool(place))]
    had = [description for description in lives if " pr:free " not in description]
    assert len(had) == len(numbers), lives
    assert all(any(f" pr:{number} " in description for description in had) for number in numbers), lives


def test_two_pull_requests_that_want_one_workflow_at_the_same_instant(events: Events, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both look before either imports: the sandbox answers imports late."""
    events.sandbox.faults([{"match": IMPORT, "do": {"delay": 1.0}}])
    folder = tmp_path_factory.mktemp("workspaces")
    for number in (12, 13):
        events.push(number)
    processes = [events.start(number, folder / str(number), "opened") for number in (12, 13)]
    for process in processes:
        code, out = finished(process)
        assert code == 0, out
    judge(events, 12, 13)
    assert len(events.pool(2)) == 1
    winner, loser, *_ = reversed(events.pool(1))
    assert (winner["status"], loser["status"]) == ("PUBLISHED", "DRAFT")
    assert events.pool(1)[0]["fingerprint"] == winner["fingerprint"], "the loser puts the winner's version back as the draft"


def test_the_last_workflow_goes_to_one_of_two_and_the_other_is_told(events: Events, tmp_path_factory: pytest.TempPathFactory) -> None:
    events.manifest = events.manifest.replace("POOL_1, POOL_2", "POOL_1")
    events.rebase()
    events.sandbox.faults([{"match": IMPORT, "do": {"delay": 1.0}}])
    folder = tmp_path_factory.mktemp("workspaces")
    for number in (12, 13):
        events.push(number, greeting="Hello")
    processes = [events.start(number, folder / str(number), "opened") for number in (12, 13)]
    told = [finished(process) for process in processes]
    assert [code for code, _ in told] == [0, 0], told
    assert sum("not previewed" in out for _, out in told) == 1
    assert sum("1 previewed" in out for _, out in told) == 1
    assert [version["status"] for version in events.pool(1)].count("PUBLISHED") == 1


def test_two_runs_of_one_pull_request_make_one_copy(events: Events, tmp_path_factory: pytest.TempPathFactory) -> None:
    events.sandbox.faults([{"match": CREATE, "do": {"delay": 1.0}}])
    folder = tmp_path_factory.mktemp("workspaces")
    events.push(12)
    processes = [events.start(12, folder / str(place), "opened") for place in range(2)]
    for process in processes:
        code, out = finished(process)
        assert code == 0, out
    judge(events, 12)


def test_a_stranger_of_the_same_name_is_not_touched(events: Events) -> None:
    theirs = {"name": "Onboarding (preview #12)", "trigger": {"type": "webhook"}, "steps": []}
    made = events.sandbox.call("POST", "/v1/workflows", "sandbox-copies", json=theirs).json()
    other = {**theirs, "description": "Of another repository. pr:12 0123456789abcdef"}
    events.sandbox.call("POST", "/v1/workflows", "sandbox-copies", json=other)
    events.push(12)
    assert events.run(12, "opened").code == 0
    assert len(events.copies()) == 3
    events.hub.pull(12, state="closed")
    assert events.run(12, "closed").code == 0
    assert events.copies()[0]["id"] == made["id"]
    assert len(events.copies()) == 2


def test_copies_that_are_one_too_many_go(events: Events) -> None:
    events.push(12)
    events.run(12, "opened")
    (copy,) = events.copies()
    twin = {name: copy[name] for name in ("name", "description", "trigger", "steps")}
    events.sandbox.call("POST", "/v1/workflows", "sandbox-copies", json=twin)
    ran = events.run(12)
    assert (ran.code, [each["id"] for each in events.copies()]) == (0, [copy["id"]]), ran.out
    assert ran.change_of("onboarding (copy 2)")["status"] == "deleted"


# Cleaning up


def test_cleaned_up_twice_it_finds_nothing_the_second_time(events: Events) -> None:
    events.push(12)
    events.run(12, "opened")
    events.hub.pull(12, state="closed")
    events.run(12, "closed")
    before = events.writes()
    again = events.run(12, "closed")
    assert (again.code, again.report["changes"], events.writes()) == (0, [], before)
    assert "No preview was deleted" in again.out


def test_clean_up_without_keys_or_settings_has_nothing_to_do(events: Events) -> None:
    events.push(12)
    events.hub.pull(12, state="closed")
    ran = events.run(12, "closed", keys={})
    assert (ran.code, events.sandbox.requests()) == (0, [])
    assert "Not looked at, since no key was given for it: POOL_1, POOL_2, COPIES" in said(ran)
    del events.hub.files[BASE]["flowship.yml"]
    assert events.run(12, "closed").code == 0


def test_a_closed_forks_files_are_not_read(events: Events) -> None:
    events.push(12)
    events.hub.pull(12, state="closed")
    broken = {"flowship.yml": b"]"}
    for event in ("pull_request", "pull_request_target"):
        ran = events.run(12, "closed", origin="somebody/flows", files=broken, event=event, mode="cleanup")
        assert (ran.code, ran.report["findings"], events.writes()) == (0, [], []), ran.out


def numbers_of(events: Events) -> list[str]:
    """The pull requests that have a copy."""
    return sorted(each["name"][-4:-1] for each in events.copies())


def three(events: Events) -> None:
    """Pull requests 11 to 13 with previews; the pool has room for two."""
    for number in (11, 12, 13):
        events.push(number)
        assert events.run(number, "opened").code == 0


def test_a_schedule_takes_away_what_was_missed(events: Events) -> None:
    assert events.schedule(event="push", ref="refs/tags/v1", keys=DEPLOY).code == 0
    three(events)
    assert numbers_of(events) == ["#11", "#12", "#13"]
    for number in (11, 13):
        events.hub.pull(number, state="closed")
    ran = events.schedule(keys={**PREVIEW, **DEPLOY})
    assert (ran.code, ran.report["mode"]) == (0, "drift"), ran.out
    assert {change["workflow"]: change["status"] for change in ran.report["changes"]} == {
        "Onboarding (preview #11)": "deleted",
        "Onboarding (preview #13)": "deleted",
        "onboarding": "in_sync",
        "triage": "in_sync",
        "triage (preview #11)": "slot_freed",
    }
    assert numbers_of(events) == ["#12"]
    assert " pr:12 " in events.live(2)["version_desc"]
    before = events.writes()
    again = events.schedule(mode="cleanup")
    assert (again.code, again.report["environment"], again.report["changes"], events.writes()) == (0, "previews", [], before)


@pytest.mark.parametrize("missing", ["pull-requests", "token"])
def test_who_cannot_tell_what_is_closed_takes_nothing_away(events: Events, missing: str) -> None:
    three(events)
    events.hub.pull(11, state="closed")
    before = events.writes()
    if missing == "token":
        ran = events.schedule(mode="cleanup", github_token="")
    else:
        events.hub.delete("pull-requests")
        ran = events.schedule(mode="cleanup")
    assert (ran.code, events.writes()) == (0, before)
    assert "No pull request's preview was deleted" in said(ran)


def test_a_schedule_in_a_repository_without_previews_hears_nothing_of_them(events: Events) -> None:
    events.rebase(manifest="version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n")
    ran = events.schedule(keys=DEPLOY)
    assert (ran.code, ran.report["notices"]) == (0, []), ran.report


def test_a_preview_key_that_fails_is_told_and_keeps_no_other(events: Events) -> None:
    events.push(12)
    events.run(12, "opened")
    events.hub.pull(12, state="closed")
    events.sandbox.faults([{"match": {"key": "pool-2"}, "do": {"error": 40127}}])
    ran = events.run(12, "closed")
    assert (ran.code, events.copies()) == (1, [])
    assert ran.change_of("triage (POOL_2)")["error"]["code"] == "40127"
    assert " pr:free 12 " in events.live(1)["version_desc"]


def test_a_claim_that_lands_while_a_workflow_is_given_back_keeps_it_live(events: Events, start_sandbox: Callable[..., Any]) -> None:
    """13 takes the Workflow between 12's last look and 12's release: the end of it all is that 13's version is live."""
    events.manifest = events.manifest.replace("POOL_1, POOL_2", "POOL_1")
    events.rebase()
    for number in (12, 13):
        events.push(number, greeting="Hello")
    events.run(12, "opened")
    events.hub.pull(12, state="closed")
    release = {"path": "*/version/release", "nth": 1}
    events.sandbox.faults([{"match": release, "do": {"delay": 2.5}}])
    closing = events.start(12, Path(str(events.repository.root) + "-closing"), "closed")
    freed = threading.Event()
    for _ in range(200):
        if any(" pr:free 12 " in version["version_desc"] for version in events.pool(1)):
            freed.set()
            break
        threading.Event().wait(0.02)
    assert freed.is_set()
    taking = events.run(13, "opened")
    assert taking.code == 0, taking.out
    code, out = finished(closing)
    assert code == 0, out
    assert " pr:13 " in events.live(1)["version_desc"]
