"""What is recorded is the commit that is checked out, and whether the files differ from it: on GitHub without git, and on a laptop with it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
FIRST, SECOND, HEAD, BRANCH = ("c0ffee" + "0" * 34, "beef" + "0" * 36, "4ead" + "0" * 36, "b4a" + "0" * 37)
PATHS = ("flowship.yml", "flows/a.flow", "workflows/onboarding.yaml")


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def write(repository: Any, sandbox: Any) -> Callable[[str], None]:
    """Both workflows say `text`."""
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, **KEYS)

    def write(text: str) -> None:
        repository.flow(text=text)
        repository.workflow(more=f"description: {text}\n")

    return write


@pytest.fixture
def step(repository: Any, hub: GitHub) -> Callable[..., Any]:
    """The action, in a container without git."""
    runs = iter(range(1, 100))

    def step(event: str = "push", payload: dict[str, Any] | None = None, sha: str = FIRST, **inputs: str) -> Any:
        repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, **(payload or {})})
        given = {"mode": "deploy", "release": "always", "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        return repository.run(
            PATH="",
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_NAME=event,
            GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
            GITHUB_REF="refs/heads/main",
            GITHUB_REPOSITORY="acme/flows",
            GITHUB_RUN_ID=str(next(runs)),
            GITHUB_RUN_ATTEMPT="1",
            GITHUB_SHA=sha,
            GITHUB_WORKSPACE=str(repository.root),
            GITHUB_OUTPUT=str(repository.root / ".runner/output"),
            GITHUB_STEP_SUMMARY=str(repository.root / ".runner/summary"),
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        )

    return step


def described(sandbox: Any) -> str:
    """The commit in the newest version's description."""
    return str(sandbox.state()["gptbots"][0]["versions"][0]["version_desc"].split(" fs:")[0].split()[-1])


def recorded(hub: GitHub) -> list[dict[str, Any]]:
    """The live records of the state, oldest first."""
    events = [event for each in hub.deployments for event in each["payload"]["events"]]
    return [event["live"] for event in events if event["kind"] == "record" and "live" in event]


def commit_files(hub: GitHub, repository: Any, sha: str) -> None:
    hub.files[sha] = {path: (repository.root / path).read_bytes() for path in PATHS}


def test_merged_pull_request_is_the_commit_it_was_merged_as(write: Any, step: Any, sandbox: Any, hub: GitHub) -> None:
    hub.commit(BRANCH, FIRST, branch=None)  # squashed, and its branch deleted
    hub.commit(SECOND)
    pull = {"number": 12, "merged": True, "merge_commit_sha": SECOND, "head": {"sha": BRANCH, "repo": {"full_name": "acme/flows"}}, "base": {}}
    write("one")
    ran = step("pull_request", {"action": "closed", "pull_request": pull}, sha=SECOND)
    assert (ran.code, ran.report["commit"], described(sandbox)) == (0, SECOND, SECOND[:7]), ran.out
    assert {each["sha"] for each in hub.deployments} == {SECOND}
    write("two")
    hub.commit(HEAD)
    ran = step(sha=HEAD)
    assert (ran.code, ran.change_of("onboarding")["action"]) == (0, "update"), ran.out


def test_commit_in_the_checkout_counts_rather_than_the_events(write: Any, step: Any, repository: Any, sandbox: Any, hub: GitHub) -> None:
    hub.commit(HEAD, FIRST, branch="release")
    write("one")
    repository.write(".git/HEAD", "ref: refs/heads/release\n")
    repository.write(".git/refs/heads/release", f"{HEAD}\n")
    ran = step(payload={"head_commit": {"message": "Of the event"}})
    assert (ran.code, ran.report["commit"], described(sandbox)) == (0, HEAD, HEAD[:7]), ran.out
    assert {each["sha"] for each in hub.deployments} == {HEAD}
    assert "Of the event" not in sandbox.state()["gptbots"][0]["versions"][0]["version_desc"]


def test_commit_that_was_not_pushed_is_recorded_as_the_events(write: Any, step: Any, repository: Any, hub: GitHub) -> None:
    write("one")
    repository.write(".git/HEAD", f"{HEAD}\n")
    ran = step()
    assert (ran.code, ran.report["commit"]) == (0, FIRST), ran.out
    write("two")
    assert step().code == 0


def test_file_that_was_changed_after_the_checkout(write: Any, step: Any, repository: Any, sandbox: Any, hub: GitHub) -> None:
    write("one")
    commit_files(hub, repository, FIRST)
    assert [change["dirty"] for change in step().report["changes"]] == [False, False]
    write("two")
    planned = step(mode="plan")
    assert f"(gptbots, flows/a.flow, now 1.0.0), then release: differs from commit {FIRST[:7]}" in planned.out
    ran = step()
    assert (ran.code, [change["dirty"] for change in ran.report["changes"]]) == (0, [True, True]), ran.out
    assert [record.get("dirty", False) for record in recorded(hub)] == [False, False, True, True]
    assert ran.report["plan_hash"] == planned.report["plan_hash"]


def test_rollback_to_a_commit_whose_changed_file_is_live_is_not_unchanged(write: Any, step: Any, repository: Any, sandbox: Any, hub: GitHub) -> None:
    write("one")
    commit_files(hub, repository, FIRST)
    write("edited")
    assert step().code == 0
    ran = step(mode="rollback", to=FIRST, release="")
    assert (ran.code, {change["error"]["code"] for change in ran.report["changes"]}) == (1, {"NOT_AS_RELEASED"}), ran.out
    hub.commit(SECOND)
    write("two")
    commit_files(hub, repository, SECOND)
    assert step(sha=SECOND).code == 0
    ran = step(mode="rollback", to=FIRST, release="", sha=SECOND)
    triage, onboarding = ran.change_of("triage"), ran.change_of("onboarding")
    assert (triage["outcome"], triage["version"], "is not what was live under that commit" in triage["warning"]) == ("done", "1.0.0", True), ran.out
    assert (ran.code, onboarding["error"]["code"]) == (1, "NOT_AS_RELEASED")
    assert recorded(hub)[-1]["dirty"]


def test_on_a_laptop_git_says_what_differs(write: Any, repository: Any) -> None:
    if shutil.which("git") is None:
        pytest.skip("it takes git")

    def git(*arguments: str) -> str:
        people = {f"GIT_{role}_{what}": "a@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {"PATH": os.environ["PATH"], "HOME": str(repository.root), "GIT_CONFIG_NOSYSTEM": "1", **people}
        return subprocess.run(["git", *arguments], cwd=repository.root, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    write("one")
    git("init", "-q")
    git("add", *PATHS)
    git("commit", "-qm", "One")
    sha = git("rev-parse", "HEAD")
    repository.flow(text="edited")
    planned = repository.run("plan", "--release", "always")
    assert f"differs from commit {sha[:7]}" in planned.out
    assert (planned.change_of("triage")["dirty"], planned.change_of("onboarding")["dirty"]) == (True, False)
    assert repository.run("deploy", "--release", "always").code == 0
    ran = repository.run("rollback", "--to", sha)
    assert (ran.code, ran.change_of("triage")["error"]["code"], ran.change_of("onboarding")["action"]) == (1, "NOT_AS_RELEASED", "unchanged"), ran.out
