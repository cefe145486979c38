"""What each event makes of a run, as the action gets it: who is asked when the event is silent, and what is never done on a mere event."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running
from pull_requests import BASE, DEPLOY, Events, head
from runner_grammar import read_outputs


@pytest.fixture
def events(repository: Any, sandbox: Any) -> Iterator[Events]:
    with running(GitHub()) as hub:
        yield Events(repository, sandbox, hub)


@pytest.fixture
def run(events: Events) -> Any:
    """The action for an event with this payload, in a checkout of the base branch unless `files` says otherwise."""

    def run(event: str, payload: dict[str, Any], ref: str = "refs/heads/main", *, repository: dict[str, Any] | None = None, **more: Any) -> Any:
        events.check_out(more.pop("files", None) or events.hub.files[BASE])
        default = {"default_branch": "main", "full_name": "acme/flows", "id": 1}
        events.repository.write(".runner/event.json", {"repository": default if repository is None else repository, **payload})
        return events.repository.run(**events.environment(0, **{"keys": DEPLOY, "event": event, "ref": ref, **more}))

    return run


def outputs(events: Events) -> dict[str, str]:
    return read_outputs((events.repository.root / ".runner/output").read_text())


def published(action: str = "published", **more: Any) -> dict[str, Any]:
    return {"action": action, "release": {"tag_name": "v2.0.0", "name": "Two", "draft": False, "prerelease": False, **more}}


@pytest.mark.parametrize("tags", ["", "v*"])
@pytest.mark.parametrize("mode", ["auto", "deploy"])
def test_prerelease_makes_nothing_live(events: Events, run: Any, mode: str, tags: str) -> None:
    ran = run("release", published(prerelease=True), "refs/tags/v2.0.0", mode=mode, tags=tags)
    assert ran.code == 0, ran.out
    assert (outputs(events)["released"], outputs(events)["held"]) == ("0", "1")
    if mode == "auto":
        assert "auto: plan, because v2.0.0 is a pre-release" in ran.out
        assert events.writes() == []


def test_prerelease_that_becomes_a_release_goes_live(events: Events, run: Any) -> None:
    run("release", published(prerelease=True), "refs/tags/v2.0.0")
    assert run("release", published("released"), "refs/tags/v2.0.0").code == 0
    assert outputs(events)["released"] == "2"


def test_default_branch_is_asked_where_the_event_does_not_name_it(events: Events, run: Any) -> None:
    ran = run("push", {"head_commit": {"message": "x"}}, repository={})
    assert "auto: deploy, because a push to the default branch, main." in ran.out
    assert (ran.code, outputs(events)["changed"]) == (0, "1")
    assert run("push", {}, "refs/heads/other", repository={}).report["mode"] == "plan"
    events.hub.default_branch = "other"
    assert run("push", {}, "refs/heads/main", repository={}).report["mode"] == "plan"


@pytest.mark.parametrize("token", ["", "stand-in-token"])
def test_default_branch_that_cannot_be_known_fails_the_run(events: Events, run: Any, token: str) -> None:
    events.hub.faults = [Fault(path="/repos/acme/flows", do=404, times=99)]
    ran = run("push", {}, repository={}, **{"github-token": token})
    assert (ran.code, outputs(events)["ok"], events.writes()) == (2, "false", [])
    assert "default-branch-unknown" in ran.out
    assert "give the step a `github-token`" in ran.out


COMMENTED: dict[str, tuple[dict[str, Any], str]] = {
    "workflow_run": ({"workflow_run": {"head_repository": {"full_name": "acme/flows"}, "pull_requests": []}}, "refs/heads/main"),
    "repository_dispatch": ({"client_payload": {}}, "refs/heads/main"),
    "workflow_dispatch": ({"inputs": {}}, "refs/heads/main"),
    "push": ({}, "refs/heads/change-12"),
    "schedule": ({}, "refs/heads/main"),
}


@pytest.mark.parametrize("event", COMMENTED)
def test_comment_goes_to_the_pull_request_that_the_input_names(events: Events, run: Any, event: str) -> None:
    events.push(12)
    payload, ref = COMMENTED[event]
    ran = run(event, payload, ref, mode="plan", files=events.hub.files[head(12)], **{"pull-request": "12"})
    assert ran.code == 0, ran.out
    (comment,) = events.hub.comments[12]
    assert outputs(events)["comment-url"] == comment["html_url"]
    assert "The keys are not used" not in ran.out


NAMED: dict[str, dict[str, Any]] = {
    "issue_comment": {"issue": {"number": 12, "pull_request": {"url": "https://github.example"}}},
    "workflow_run": {
        "workflow_run": {"head_repository": {"full_name": "acme/flows"}, "pull_requests": [{"number": 12, "base": {"repo": {"id": 1}}}]}
    },
    "check_suite": {"check_suite": {"pull_requests": [{"number": 12}]}},
}


@pytest.mark.parametrize("event", NAMED)
def test_comment_goes_to_the_pull_request_that_the_event_names(events: Events, run: Any, event: str) -> None:
    events.push(12)
    assert run(event, NAMED[event], files=events.hub.files[head(12)]).code == 0
    assert len(events.hub.comments[12]) == 1


def platform_requests(events: Events) -> list[str]:
    return [request["path"] for request in events.sandbox.requests()]


@pytest.mark.parametrize("event", ["issue_comment", "repository_dispatch", "push"])
@pytest.mark.parametrize("unknown", ["fork", "gone", "forbidden", "no such number"])
def test_keys_are_not_used_where_the_commits_may_be_a_forks(events: Events, run: Any, event: str, unknown: str) -> None:
    events.push(12)
    origin = {"fork": "mallory/flows", "gone": None}.get(unknown, "acme/flows")
    events.hub.pull(12, origin=origin)
    events.hub.delete("pull-requests", "none" if unknown == "forbidden" else "read")
    ran = run(event, {}, "refs/heads/other", mode="plan", files=events.hub.files[head(12)], **{"pull-request": "13" if "number" in unknown else "12"})
    assert ran.code == 0, ran.out
    assert platform_requests(events) == []
    assert "The keys are not used" in ran.out
    if unknown == "forbidden":
        assert "Fix: give the job `pull-requests: read`." in ran.out


def test_forks_comment_is_written_without_keys(events: Events, run: Any) -> None:
    events.push(12)
    events.hub.pull(12, origin="mallory/flows")
    run("issue_comment", NAMED["issue_comment"], mode="plan", files=events.hub.files[head(12)])
    assert len(events.hub.comments[12]) == 1
    assert platform_requests(events) == []


def test_deploy_of_a_forks_merged_pull_request_comments_there(events: Events, run: Any) -> None:
    events.push(12)
    events.hub.pull(12, state="closed", origin="mallory/flows", merged=True)
    ran = run("push", {}, **{"pull-request": "12"})
    assert (ran.code, ran.report["mode"]) == (0, "deploy"), ran.out
    assert len(events.hub.comments[12]) == 1


def test_merged_pull_request_of_a_fork_is_a_forks_outside_of_a_push(events: Events, run: Any) -> None:
    """A comment's job may check out the fork's branch, which goes on after the merge."""
    events.push(12)
    events.hub.pull(12, state="closed", origin="mallory/flows", merged=True)
    run("issue_comment", NAMED["issue_comment"], mode="plan")
    assert platform_requests(events) == []


def test_preview_by_number(events: Events, run: Any) -> None:
    from pull_requests import PREVIEW

    events.push(12)
    ran = run("workflow_dispatch", {}, mode="preview", keys=PREVIEW, files=events.hub.files[head(12)], **{"pull-request": "12"})
    assert ran.code == 0, ran.out
    assert (len(events.copies()), len(events.pool(1))) == (1, 1)
    events.hub.pull(12, state="closed")
    assert run("workflow_dispatch", {}, mode="cleanup", keys=PREVIEW, **{"pull-request": "12"}).code == 0
    assert events.copies() == []


def test_older_commits_workflow_run_leaves_the_comment_to_the_newer_one(events: Events, run: Any) -> None:
    events.push(12)
    events.push(12, 2)
    payload = {"workflow_run": NAMED["workflow_run"]["workflow_run"] | {"event": "pull_request", "head_sha": head(12)}}
    assert run("workflow_run", payload).code == 0
    assert 12 not in events.hub.comments
    payload["workflow_run"]["head_sha"] = head(12, 2)
    assert run("workflow_run", payload, files=events.hub.files[head(12, 2)]).code == 0
    assert len(events.hub.comments[12]) == 1


def test_number_that_is_not_the_events_is_refused(events: Events) -> None:
    events.push(12)
    ran = events.run(12, pull_request="13")
    assert ran.code == 2
    assert "`pull-request` is 13, and the event is about pull request 12." in ran.out
    assert events.run(12, pull_request="12").code == 0


@pytest.mark.parametrize("number", ["#12", "0", "-1", "twelve", "1.5", "99999999999"])
def test_number_that_is_none_is_refused(run: Any, number: str) -> None:
    ran = run("push", {}, **{"pull-request": number})
    assert ran.code == 2
    assert "`pull-request` is" in ran.out


@pytest.mark.parametrize(("release", "released"), [("", "0"), ("on-tag", "0"), ("always", "2")])
def test_release_by_hand_on_a_tag(events: Events, run: Any, release: str, released: str) -> None:
    ran = run("workflow_dispatch", {"inputs": {"mode": "deploy"}}, "refs/tags/v1.0.0", mode="deploy", release=release)
    assert (ran.code, outputs(events)["released"]) == (0, released), ran.out


@pytest.mark.parametrize(("origin", "used"), [("acme/flows", True), ("mallory/flows", False)])
def test_run_after_another_needs_no_permission_to_know_whose_commits_it_has(events: Events, run: Any, origin: str, used: bool) -> None:
    events.push(12)
    events.hub.delete("pull-requests")
    payload = {"workflow_run": {"head_repository": {"full_name": origin}, "pull_requests": [{"number": 12}]}}
    assert run("workflow_run", payload, mode="plan").code == 0
    assert bool(platform_requests(events)) is used
