"""What happened, from GitHub's variables and event file, and the mode that `auto` makes of it: the table of docs/github.md, "Events"."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployer.github.event import GithubEvent, mode_for, read, releases
from deployer.model.errors import UsageError

TAGS = "v*, !v*-*"
REPOSITORY: dict[str, Any] = {"repository": {"default_branch": "main", "full_name": "acme/flows"}}


def environ(path: Path, name: str, ref: str, payload: object, **more: str) -> Mapping[str, str]:
    path.write_text(json.dumps(payload))
    base = {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": "a" * 40}
    return base | {"GITHUB_REPOSITORY": "acme/flows", "GITHUB_ACTOR": "kim", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2"} | more


def pull_request(action: str, repository: str | None = "acme/flows", user: str = "kim") -> dict[str, Any]:
    head = {"sha": "b" * 40, "repo": repository and {"full_name": repository}}
    pull = {"number": 12, "title": "Better\nwords", "head": head, "base": {"sha": "d" * 40}, "user": {"login": user}}
    return {"action": action, "pull_request": pull} | REPOSITORY


PUSH: dict[str, Any] = {"deleted": False, "head_commit": {"message": "\n  Ask twice  \n\nand more"}} | REPOSITORY
PUBLISHED: dict[str, Any] = {"action": "published", "release": {"tag_name": "v2", "name": "Two"}} | REPOSITORY
PRERELEASE: dict[str, Any] = PUBLISHED["release"] | {"prerelease": True}
MODES = [
    ("pull_request", "refs/pull/12/merge", pull_request("opened"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("synchronize"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("reopened"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("ready_for_review"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("closed"), "cleanup", False),
    ("pull_request", "refs/pull/12/merge", pull_request("labeled"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("unlabeled"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("edited"), "preview", False),
    ("pull_request", "refs/pull/12/merge", pull_request("assigned"), "plan", False),
    ("pull_request", "refs/pull/12/merge", pull_request("converted_to_draft"), "plan", False),
    ("pull_request_target", "refs/heads/main", pull_request("opened"), "plan", False),
    ("push", "refs/heads/main", PUSH, "deploy", False),
    ("push", "refs/heads/other", PUSH, "plan", False),
    ("push", "refs/heads/gh-readonly-queue/main/pr-1", PUSH, "plan", False),
    ("push", "refs/heads/v1", PUSH, "plan", False),
    ("push", "refs/tags/v1.2", PUSH, "deploy", True),
    ("push", "refs/tags/v1.2-rc1", PUSH, "plan", False),
    ("push", "refs/tags/main", PUSH, "plan", False),
    ("push", "refs/tags/v1.2", PUSH | {"deleted": True}, "nothing", False),
    ("push", "refs/heads/main", PUSH | {"deleted": True}, "nothing", False),
    ("delete", "refs/heads/main", {"ref": "old", "ref_type": "branch"} | REPOSITORY, "nothing", False),
    ("release", "refs/tags/v2", PUBLISHED, "deploy", True),
    ("release", "", PUBLISHED, "deploy", True),
    ("release", "refs/tags/v2", PUBLISHED | {"action": "released"}, "deploy", True),
    ("release", "refs/tags/v2", PUBLISHED | {"release": PRERELEASE}, "plan", False),
    ("release", "refs/tags/v2", PUBLISHED | {"action": "prereleased", "release": PRERELEASE}, "plan", False),
    ("release", "refs/tags/v2", PUBLISHED | {"action": "created"}, "plan", False),
    ("release", "refs/tags/v2", PUBLISHED | {"action": "edited"}, "plan", False),
    ("release", "refs/tags/w2", PUBLISHED, "plan", False),
    ("schedule", "refs/heads/main", {"schedule": "0 3 * * *"}, "drift", False),
    ("merge_group", "refs/heads/gh-readonly-queue/main/pr-1", REPOSITORY, "plan", False),
    ("workflow_dispatch", "refs/heads/main", REPOSITORY, "plan", False),
    ("workflow_dispatch", "refs/tags/v1", REPOSITORY, "plan", False),
    ("", "", {}, "plan", False),
]


@pytest.mark.parametrize(("name", "ref", "payload", "mode", "releasing"), MODES)
def test_auto(name: str, ref: str, payload: object, mode: str, releasing: bool, tmp_path: Path) -> None:
    event = read(environ(tmp_path / "event.json", name, ref, payload))
    chosen, why = mode_for(event, TAGS)
    assert chosen == mode
    assert why
    assert "\n" not in why
    assert releases(event, TAGS) is releasing


def test_a_push_is_read(tmp_path: Path) -> None:
    event = read(environ(tmp_path / "e", "push", "refs/heads/main", PUSH, GITHUB_SERVER_URL="https://github.example"))
    assert event == GithubEvent(
        name="push", ref="refs/heads/main", sha="a" * 40, branch="main", default_branch="main", subject="Ask twice",
        repository="acme/flows", run_id="7", run_attempt=2, server_url="https://github.example",
    )  # fmt: skip


def test_a_pull_request_is_read(tmp_path: Path) -> None:
    event = read(environ(tmp_path / "e", "pull_request", "refs/pull/12/merge", pull_request("opened")))
    assert (event.pull_request, event.head_sha, event.subject, event.fork, event.dependabot) == (12, "b" * 40, "Better", False, False)
    assert event.base_sha == "d" * 40


@pytest.mark.parametrize("origin", ["stranger/flows", None, ""])
def test_a_fork_or_what_cannot_be_told_is_a_fork(origin: str | None, tmp_path: Path) -> None:
    assert read(environ(tmp_path / "e", "pull_request", "refs/pull/12/merge", pull_request("opened", origin))).fork


@pytest.mark.parametrize(("origin", "fork"), [("acme/flows", False), ("stranger/flows", True), (None, True)])
def test_a_run_after_a_forks_run_is_a_forks(origin: str | None, fork: bool, tmp_path: Path) -> None:
    payload = {"workflow_run": {"head_branch": "main", "head_repository": origin and {"full_name": origin}}}
    event = read(environ(tmp_path / "e", "workflow_run", "refs/heads/main", payload | REPOSITORY))
    assert (event.fork, mode_for(event, TAGS)[0]) == (fork, "plan")


def test_dependabot_is_known_by_actor_and_by_author(tmp_path: Path) -> None:
    path, ref = tmp_path / "e", "refs/pull/12/merge"
    assert read(environ(path, "pull_request", ref, pull_request("opened"), GITHUB_ACTOR="dependabot[bot]")).dependabot
    assert read(environ(path, "pull_request", ref, pull_request("opened", user="dependabot[bot]"))).dependabot


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"pull_request": 3, "release": [], "head_commit": null}']
)
def test_a_broken_event_file_leaves_the_rest(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(content)
    event = read({"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "e"), "GITHUB_REF": "refs/pull/12/merge"})
    assert (event.name, event.pull_request, event.fork, event.subject) == ("pull_request", 12, True, "")
    assert mode_for(event, TAGS)[0] == "plan"


@pytest.mark.parametrize("path", [None, "", "/nowhere", "nul\0"])
def test_a_missing_event_file_leaves_the_rest(path: str | None) -> None:
    variables = {"GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/v1", "GITHUB_RUN_ATTEMPT": "first"}
    event = read(variables if path is None else variables | {"GITHUB_EVENT_PATH": path})
    assert (event.tag, event.run_attempt, mode_for(event, TAGS)[0]) == ("v1", 0, "deploy")


def test_outside_of_github() -> None:
    assert read({}) == GithubEvent()


def test_a_pattern_that_cannot_be_read_is_told_before_there_is_a_tag() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        releases(GithubEvent(name="push", ref="refs/heads/main"), "v[")


@pytest.mark.parametrize("payload", [{}, {"repository": {}}, {"repository": {"default_branch": ""}}, {"repository": {"default_branch": None}}])
def test_push_while_the_default_branch_is_unknown_is_refused(payload: object, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="main was pushed") as refused:
        mode_for(read(environ(tmp_path / "e", "push", "refs/heads/main", payload)), TAGS)
    assert refused.value.code == "default-branch-unknown"
    assert "`github-token`" in refused.value.fix


@pytest.mark.parametrize(
    ("ref", "payload", "mode"), [("refs/tags/v1", {}, "deploy"), ("refs/tags/w", {}, "plan"), ("refs/heads/a", {"deleted": True}, "nothing")]
)
def test_default_branch_is_asked_of_pushes_to_branches_only(ref: str, payload: object, mode: str, tmp_path: Path) -> None:
    assert mode_for(read(environ(tmp_path / "e", "push", ref, payload)), TAGS)[0] == mode


PULL: dict[str, Any] = {"number": 12, "base": {"repo": {"id": 1}}}
NUMBERS: list[tuple[str, dict[str, Any], int]] = [
    ("issue_comment", {"issue": {"number": 12, "pull_request": {"url": "https://github.example"}}}, 12),
    ("issue_comment", {"issue": {"number": 12}}, 0),
    ("issue_comment", {"issue": {"number": "12", "pull_request": {"url": ""}}}, 0),
    ("issues", {"issue": {"number": 12, "pull_request": {"url": ""}}}, 0),
    ("workflow_run", {"workflow_run": {"pull_requests": [{"number": 12}]}}, 12),
    ("workflow_run", {"workflow_run": {"pull_requests": [PULL, PULL]}}, 12),
    ("workflow_run", {"workflow_run": {"pull_requests": [PULL, PULL | {"number": 13}]}}, 0),
    ("workflow_run", {"workflow_run": {"pull_requests": [PULL | {"base": {"repo": {"id": 2}}}]}}, 0),
    ("workflow_run", {"workflow_run": {"pull_requests": []}}, 0),
    ("workflow_run", {"workflow_run": {"pull_requests": 3}}, 0),
    ("check_suite", {"check_suite": {"pull_requests": [PULL]}}, 12),
    ("check_run", {"check_run": {"pull_requests": [PULL]}}, 12),
    ("pull_request_review", {"pull_request": {"number": 12}}, 12),
    ("repository_dispatch", {"client_payload": {"number": 12}}, 0),
    ("push", {"pull_request": {"number": 12}}, 0),
]


@pytest.mark.parametrize(("name", "payload", "number"), NUMBERS)
def test_pull_request_that_an_event_names(name: str, payload: dict[str, Any], number: int, tmp_path: Path) -> None:
    repository = {"repository": {"default_branch": "main", "full_name": "acme/flows", "id": 1}}
    assert read(environ(tmp_path / "e", name, "refs/heads/main", payload | repository)).pull_request == number


@pytest.mark.parametrize(("event", "commit"), [("pull_request", "b" * 40), ("pull_request_target", "b" * 40), ("push", ""), (None, "")])
def test_commit_of_the_pull_requests_run_before_a_workflow_run(event: str | None, commit: str, tmp_path: Path) -> None:
    payload = {"workflow_run": {"event": event, "head_sha": "b" * 40}}
    assert read(environ(tmp_path / "e", "workflow_run", "refs/heads/main", payload)).followed_sha == commit


def test_labels_of_a_pull_request_are_lower_case(tmp_path: Path) -> None:
    payload = pull_request("labeled")
    payload["pull_request"]["labels"] = [{"name": "Preview"}, {"name": 3}, "odd"]
    assert read(environ(tmp_path / "e", "pull_request", "refs/pull/12/merge", payload)).labels == {"preview"}


@pytest.mark.parametrize("kind", ["pipe", "device", "huge"])
def test_event_that_is_no_file_or_too_large_is_refused_by_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            with path.open("wb") as file:
                file.truncate(2**40)
    with pytest.raises(UsageError) as refused:
        read({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)})
    assert (refused.value.code, str(path) in refused.value.message) == ("bad-event", True)
