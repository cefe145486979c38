"""A gate at work, judged on what the sandbox holds: bad releases are rolled back, good ones stay, also when the run was killed in between."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Ran, Repository

ROOT = Path(__file__).parents[2]
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/suite.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/suite.yml}
"""
SUITE = "cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}


@pytest.fixture
def box(start_sandbox: Callable[..., "Sandbox"]) -> "Sandbox":
    """A definition with the word `worse` in it answers badly."""
    return start_sandbox(
        targets={"gptbots": {"targets": {"triage": {"runs": BADLY}}}, "meingpt": {"organisations": {"acme": {"runs": {"*": BADLY}}}}}
    )


@pytest.fixture
def at(repository: "Repository", box: "Sandbox") -> "Repository":
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/suite.yml", SUITE)
    repository.use(box.url, **KEYS)
    git(repository, "init", "-q", "-b", "main")
    return repository


def git(at: "Repository", *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c"}
    subprocess.run(["git", *arguments], cwd=at.root, check=True, capture_output=True, env={**os.environ, **who})


def content(at: "Repository", text: str) -> None:
    """Both definitions say this, and are committed."""
    at.flow("flows/triage.flow", text)
    at.workflow(more=f"description: {text}\n")
    git(at, "add", "-A")
    git(at, "commit", "-qm", text)


def release(at: "Repository", text: str, *arguments: str) -> "Ran":
    content(at, text)
    return at.run("deploy", "--release", "always", *arguments)


def live(box: "Sandbox") -> tuple[str | None, str]:
    """GPTBots' published version, and the description that meinGPT holds."""
    (target,) = (each for each in box.state()["gptbots"] if each["name"] == "triage")
    (workflow,) = (each for organisation in box.state()["meingpt"] for each in organisation["workflows"])
    return next((each["version"] for each in target["versions"] if each["status"] == "PUBLISHED"), None), str(workflow["description"])


def errors(ran: "Ran") -> dict[str, str]:
    return {each["workflow"]: each["error"]["code"] for each in ran.report["changes"] if each["error"]}


def test_a_good_release_stays(at: "Repository", box: "Sandbox") -> None:
    ran = release(at, "good")
    assert ran.code == 0, ran.out
    assert live(box) == ("1.0.0", "good")
    assert [(each["workflow"], each["passed"], each["evaluated"]) for each in ran.report["evals"]] == [
        ("onboarding", True, "release"),
        ("triage", True, "release"),
    ]


def test_a_bad_release_is_rolled_back_on_both_platforms(at: "Repository", box: "Sandbox") -> None:
    release(at, "good")
    ran = release(at, "worse")
    assert ran.code == 1
    assert live(box) == ("1.0.0", "good")
    assert errors(ran) == {"triage": "ROLLED_BACK", "onboarding": "ROLLED_BACK"}
    triage = ran.change_of("triage")
    assert (triage["outcome"], triage["version"], triage["previous_version"], triage["live"]) == ("failed", "1.0.1", "1.0.0", False)
    assert "It was rolled back: 1.0.0 was released again." in triage["error"]["message"]
    assert triage["status"] == "rolled_back"
    assert "2 rolled back, 0 released" in ran.out
    assert ran.report["released"] == 0
    assert "answers well (evals/suite.yml:1)" in ran.out


def test_what_was_rolled_back_is_not_released_again_but_a_correction_is(at: "Repository", box: "Sandbox") -> None:
    release(at, "good")
    release(at, "worse")
    again = at.run("deploy", "--release", "always")
    assert live(box) == ("1.0.0", "good")
    assert "rolled back" in again.out
    assert again.report["evals"] == []
    corrected = release(at, "better")
    assert corrected.code == 0, corrected.out
    assert live(box) == ("1.0.2", "better")


def test_a_first_release_that_fails_is_still_live(at: "Repository", box: "Sandbox") -> None:
    ran = release(at, "worse")
    assert ran.code == 1
    assert live(box) == ("1.0.0", "worse")
    assert errors(ran) == {"triage": "STILL_LIVE", "onboarding": "STILL_LIVE"}
    assert "still live" in ran.change_of("triage")["error"]["message"]
    assert "Unpublish" in ran.change_of("triage")["error"]["fix"]
    assert at.run("deploy", "--release", "always").code == 1, "it stays a failure until it is corrected"
    content(at, "good")
    merged = at.run("deploy")
    assert (merged.code, merged.report["evals"]) == (0, []), "a merge cannot mend it, and is not held up by it"
    assert at.run("deploy", "--release", "always").code == 0
    assert live(box) == ("1.0.1", "good")


def test_report_tells_and_leaves_it_live(at: "Repository", box: "Sandbox") -> None:
    release(at, "good")
    ran = release(at, "worse", "--evals", "report")
    assert ran.code == 0, ran.out
    assert live(box) == ("1.0.1", "worse")
    assert [each["passed"] for each in ran.report["evals"]] == [False, False]
    assert at.run("deploy", "--release", "always").code == 0, "nobody asked for a gate then: nothing is open"


def test_off_runs_nothing(at: "Repository", box: "Sandbox") -> None:
    ran = release(at, "worse", "--evals", "off")
    assert (ran.code, ran.report["evals"]) == (0, [])
    assert not any(each["path"].endswith(("/invoke", "/execute")) for each in box.requests())


def test_the_sandbox_inside_a_step_only_echoes(at: "Repository") -> None:
    ran = release(at, "good", "--sandbox")
    assert (ran.code, ran.report["evals"]) == (0, [])
    assert "so no evals were run" in ran.out


def test_a_merge_runs_no_evals(at: "Repository", box: "Sandbox") -> None:
    content(at, "worse")
    ran = at.run("deploy")
    assert (ran.code, ran.report["evals"]) == (0, [])


@pytest.mark.parametrize("after", ["/v1/workflow/version/release", "/v1/workflow/invoke"])
def test_killed_between_release_and_verdict_the_next_run_finishes_gptbots(at: "Repository", box: "Sandbox", after: str) -> None:
    release(at, "good", "--only", "triage")
    content(at, "worse")
    killed(at, box, {"match": {"path": after, "nth": 1}, "do": {"signal": {"name": "KILL", "pid_file": "", "when": "after"}}}, "triage")
    assert published(box) == "1.0.1"
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    assert ran.code == 1, ran.out
    assert published(box) == "1.0.0"
    assert errors(ran) == {"triage": "ROLLED_BACK"}
    assert at.run("deploy", "--release", "always", "--only", "triage").report["evals"] == []
    assert published(box) == "1.0.0"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/workflows/*"), ("POST", "*/execute")])
def test_killed_between_release_and_verdict_the_next_run_finishes_meingpt(at: "Repository", box: "Sandbox", method: str, path: str) -> None:
    release(at, "good", "--only", "onboarding")
    content(at, "worse")
    kill = {"match": {"method": method, "path": path, "nth": 1}, "do": {"signal": {"name": "KILL", "pid_file": "", "when": "after"}}}
    killed(at, box, kill, "onboarding")
    assert description(box) == "worse"
    ran = at.run("deploy", "--release", "always", "--only", "onboarding")
    assert ran.code == 1, ran.out
    assert description(box) == "good"
    assert errors(ran) == {"onboarding": "ROLLED_BACK"}


def test_killed_while_taking_back_the_next_run_does_not_release_it_again(at: "Repository", box: "Sandbox") -> None:
    release(at, "good", "--only", "triage")
    content(at, "worse")
    kill = {"match": {"path": "*/version/release", "nth": 2}, "do": {"signal": {"name": "KILL", "pid_file": "", "when": "before"}, "effect": False}}
    killed(at, box, kill, "triage")
    assert published(box) == "1.0.1"
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    assert ran.code == 1, ran.out
    assert published(box) == "1.0.0"


def test_a_good_release_of_a_killed_run_stays(at: "Repository", box: "Sandbox") -> None:
    release(at, "good", "--only", "triage")
    content(at, "better")
    kill = {"match": {"path": "/v1/workflow/invoke", "nth": 1}, "do": {"signal": {"name": "KILL", "pid_file": "", "when": "after"}}}
    killed(at, box, kill, "triage")
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    assert ran.code == 0, ran.out
    assert [each["passed"] for each in ran.report["evals"]] == [True]
    assert published(box) == "1.0.1"
    assert at.run("deploy", "--release", "always", "--only", "triage").report["evals"] == []


def test_told_to_stop_while_checking_nothing_is_rolled_back_and_the_next_run_looks(at: "Repository", box: "Sandbox") -> None:
    release(at, "good", "--only", "triage")
    content(at, "worse")
    stop = {"match": {"path": "/v1/workflow/invoke", "nth": 1}, "do": {"signal": {"name": "TERM", "pid_file": "", "when": "before"}, "delay": 0.2}}
    ended = killed(at, box, stop, "triage", code=1)
    assert "the next run evaluates it again" in ended
    assert published(box) == "1.0.1"
    assert at.run("deploy", "--release", "always", "--only", "triage").code == 1
    assert published(box) == "1.0.0"


def test_without_git_and_state_the_definition_that_was_found_comes_back(repository: "Repository", box: "Sandbox") -> None:
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/suite.yml", SUITE)
    repository.use(box.url, **KEYS)
    repository.flow("flows/triage.flow", "good")
    repository.workflow(more="description: good\n")
    assert repository.run("deploy", "--release", "always", "--state", "none").code == 0
    (made,) = box.state()["meingpt"][0]["workflows"]
    repository.write("flowship.yml", MANIFEST.replace("key: MEINGPT,", f"key: MEINGPT, id: {made['id']},"))
    repository.flow("flows/triage.flow", "worse")
    repository.workflow(more="description: worse\n")
    ran = repository.run("deploy", "--release", "always", "--state", "none")
    assert ran.code == 1
    assert live(box) == ("1.0.0", "good")
    assert errors(ran) == {"triage": "ROLLED_BACK", "onboarding": "ROLLED_BACK"}


def test_a_release_that_cannot_be_rolled_back_says_so(at: "Repository", box: "Sandbox") -> None:
    release(at, "good", "--only", "triage")
    content(at, "worse")
    box.faults([{"match": {"path": "*/version/release", "nth": 2}, "do": {"error": 403203}}])
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    assert ran.code == 1
    assert errors(ran) == {"triage": "NOT_ROLLED_BACK"}
    assert "may still be live" in ran.change_of("triage")["error"]["message"]
    assert at.run("deploy", "--release", "always", "--only", "triage").code == 1
    assert published(box) == "1.0.0", "the next run goes on with it"


def published(box: "Sandbox") -> str | None:
    (target,) = (each for each in box.state()["gptbots"] if each["name"] == "triage")
    return next((each["version"] for each in target["versions"] if each["status"] == "PUBLISHED"), None)


def description(box: "Sandbox") -> str:
    (workflow,) = (each for organisation in box.state()["meingpt"] for each in organisation["workflows"])
    return str(workflow["description"])


def killed(at: "Repository", box: "Sandbox", rule: dict[str, Any], only: str, code: int = -signal.SIGKILL) -> str:
    """A release in a process of its own, which that rule signals."""
    pid = at.root / "pid"
    rule = json.loads(json.dumps(rule))
    rule["do"]["signal"]["pid_file"] = str(pid)
    command = [sys.executable, "-m", "deployer", "deploy", "--release", "always", "--only", only]
    starter = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); os.execv(sys.executable, {command!r})"
    box.faults([rule])
    ended = subprocess.run(
        [sys.executable, "-c", starter], cwd=at.root, env=at.environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    box.faults([])
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout
