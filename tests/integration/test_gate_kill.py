"""A bad release killed at every one of its requests, before and after the platform acts: whatever was cut off, the good version is live in the end.

All of them run with FLOWSHIP_CHAOS=1 (`make chaos`); a few always do.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Repository

ROOT = Path(__file__).parents[2]
CHAOS = bool(os.environ.get("FLOWSHIP_CHAOS"))
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/suite.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/suite.yml}
"""
SUITE = "cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
REQUESTS = {"triage": 6, "onboarding": 10}  # of a bad release, its evals and taking it back
MOMENTS = [(name, nth, when) for name, count in REQUESTS.items() for nth in range(1, count + 1) for when in ("before", "after")]


def git(root: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.c"}
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, env={**os.environ, **who})


def commit(at: "Repository", text: str) -> None:
    at.flow("flows/triage.flow", text)
    at.workflow(more=f"description: {text}\n")
    git(at.root, "add", "-A")
    git(at.root, "commit", "-qm", text)


def is_live(box: "Sandbox", name: str) -> str:
    """What is live of that workflow: `good`, `worse`, by version or by description."""
    if name == "onboarding":
        return str(box.state()["meingpt"][0]["workflows"][0]["description"])
    (target,) = box.state()["gptbots"]
    return {"1.0.0": "good"}.get(next(each["version"] for each in target["versions"] if each["status"] == "PUBLISHED"), "worse")


@pytest.mark.parametrize(("name", "nth", "when"), MOMENTS if CHAOS else MOMENTS[::5])
def test_killed_at_any_request(start_sandbox: "Callable[..., Sandbox]", repository: "Repository", name: str, nth: int, when: str) -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": BADLY}}}, "meingpt": {"organisations": {"acme": {"runs": {"*": BADLY}}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/suite.yml", SUITE)
    repository.use(box.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    git(repository.root, "init", "-q", "-b", "main")
    commit(repository, "good")
    arguments = ("deploy", "--release", "always", "--only", name)
    assert repository.run(*arguments).code == 0
    commit(repository, "worse")
    pid = repository.root / "pid"
    box.faults([{"match": {"nth": nth}, "do": {"signal": {"name": "KILL", "pid_file": str(pid), "when": when}, "effect": when == "after"}}])
    command = [sys.executable, "-m", "deployer", *arguments]
    code = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); os.execv(sys.executable, {command!r})"
    environment = repository.environment | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=repository.root, env=environment, capture_output=True, text=True, check=False)
    box.faults([])
    assert ended.returncode == -signal.SIGKILL, f"request {nth} was not made\n{ended.stdout}{ended.stderr}"
    for _ in range(2):
        ran = repository.run(*arguments)
    assert is_live(box, name) == "good", ran.out
    assert repository.run(*arguments).report["evals"] == [], "and then there is nothing left to do"
