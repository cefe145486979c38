"""A release that is checked before, killed at any of its requests: what is bad is never live, and the next runs leave no preview behind.

All moments run with FLOWSHIP_CHAOS=1 (`make chaos`); a few always do.
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
  triage: {source: flows/a.flow, key: TRIAGE, evals: evals/suite.yml, preview: {keys: [POOL_1, POOL_2]}}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/suite.yml, preview: {key: COPIES}}
"""
SUITE = "cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
KEYS = {
    "TRIAGE": "sandbox-workflow-triage",
    "MEINGPT": "sandbox-acme",
    "POOL_1": "sandbox-workflow-pool-1",
    "POOL_2": "sandbox-workflow-pool-2",
    "COPIES": "sandbox-copies",
}
REQUESTS = {"triage": 15, "onboarding": 9}  # of a bad one: planned, put there, asked and deleted
MOMENTS = [(name, nth, when) for name, count in REQUESTS.items() for nth in range(1, count + 1) for when in ("before", "after")]


def left(box: "Sandbox") -> list[str]:
    """What is on the preview targets and not given back."""
    state = box.state()
    pools = [each for each in state["gptbots"] if each["name"].startswith("pool") and each["versions"]]
    leased = [each["name"] for each in pools if " pr:free 0 " not in each["versions"][0]["version_desc"]]
    return leased + [row["name"] for each in state["meingpt"] if each["organisation"] == "copies" for row in each["workflows"]]


def deployed(box: "Sandbox") -> int:
    """Versions and definitions at the targets of deploys."""
    state = box.state()
    versions = sum(len(each["versions"]) for each in state["gptbots"] if each["name"] == "triage")
    return versions + sum(len(each["workflows"]) for each in state["meingpt"] if each["organisation"] == "acme")


@pytest.mark.parametrize(("name", "nth", "when"), MOMENTS if CHAOS else MOMENTS[3::5])
def test_killed_at_any_request(start_sandbox: "Callable[..., Sandbox]", repository: "Repository", name: str, nth: int, when: str) -> None:
    box = start_sandbox(targets={"gptbots": {"defaults": {"runs": BADLY}}, "meingpt": {"defaults": {"runs": {"*": BADLY}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/suite.yml", SUITE)
    repository.use(box.url, **KEYS)
    repository.flow(text="worse")
    repository.workflow(more="description: worse\n")
    arguments = ("deploy", "--release", "always", "--only", name)
    pid = repository.root / "pid"
    box.faults([{"match": {"nth": nth}, "do": {"signal": {"name": "KILL", "pid_file": str(pid), "when": when}, "effect": when == "after"}}])
    command = [sys.executable, "-m", "deployer", *arguments]
    code = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); os.execv(sys.executable, {command!r})"
    environment = repository.environment | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", code], cwd=repository.root, env=environment, capture_output=True, text=True, check=False)
    box.faults([])
    assert ended.returncode == -signal.SIGKILL, f"request {nth} was not made\n{ended.stdout}{ended.stderr}"
    assert deployed(box) == 0
    ran = repository.run(*arguments)
    assert ran.code == 1, ran.out
    assert (deployed(box), left(box)) == (0, []), ran.out
