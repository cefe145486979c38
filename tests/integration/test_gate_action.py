"""The gate in the action: a fresh workspace for each run, what is remembered is on GitHub, and so is the definition that comes back."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from github_stand_in import GitHub, running

if TYPE_CHECKING:
    from tests.conftest import Sandbox

ROOT = Path(__file__).parents[2]
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE, evals: evals/suite.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/suite.yml}
"""
SUITE = "cases:\n  - name: answers well\n    input: {message: hi}\n    expect: {equals: well}\n"
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
KEYS = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"


class Runner:
    """Runs of the action for tags, one commit after the other."""

    def __init__(self, repository: Any, box: "Sandbox", hub: GitHub) -> None:
        self.repository, self.box, self.hub = repository, box, hub
        self.runs = iter(range(1, 100))
        self.parent = ""

    def commit(self, greeting: str) -> str:
        """A commit whose definitions say this; its files are in the workspace, and nothing else is."""
        sha = greeting.encode().hex().ljust(40, "0")[:40]
        for each in self.repository.root.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        self.repository.flow(text=greeting)
        self.repository.workflow(more=f"description: {greeting}\n")
        self.repository.write("flowship.yml", MANIFEST)
        self.repository.write("evals/suite.yml", SUITE)
        names = ("flowship.yml", "flows/a.flow", "workflows/onboarding.yaml", "evals/suite.yml")
        if sha not in self.hub.files:
            self.hub.commit(sha, *([self.parent] if self.parent else []))
            self.hub.files[sha] = {name: (self.repository.root / name).read_bytes() for name in names}
            self.parent = sha
        return sha

    def environment(self, sha: str) -> dict[str, str]:
        root = self.repository.root
        self.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}})
        for name in ("output", "summary"):
            (root / ".runner" / name).touch()
        self.repository.use(self.box.url)
        given = {"mode": "auto", "keys": KEYS, "github-token": "stand-in-token", "github-api-url": self.hub.url, "report": "report.json"}
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(root / ".runner/event.json"),
            "GITHUB_REF": "refs/tags/v1.0.0",
            "GITHUB_REPOSITORY": "acme/flows",
            "GITHUB_RUN_ID": str(next(self.runs)),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": sha,
            "GITHUB_WORKSPACE": str(root),
            "GITHUB_OUTPUT": str(root / ".runner/output"),
            "GITHUB_STEP_SUMMARY": str(root / ".runner/summary"),
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        }

    def release(self, greeting: str) -> Any:
        return self.repository.run(**self.environment(self.commit(greeting)))

    def killed(self, greeting: str, path: str) -> None:
        """A release whose process is killed when the platform has answered that call."""
        environment = {**self.repository.environment, **self.environment(self.commit(greeting)), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        pid = self.repository.root / "pid"
        code = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); os.execv(sys.executable, [sys.executable, '-m', 'deployer'])"
        self.box.faults([{"match": {"path": path, "nth": 1}, "do": {"signal": {"name": "KILL", "pid_file": str(pid), "when": "after"}}}])
        ended = subprocess.run([sys.executable, "-c", code], cwd=self.repository.root, env=environment, capture_output=True, text=True, check=False)
        self.box.faults([])
        self.hub.runs[f"{environment['GITHUB_RUN_ID']}.1"] = "completed"  # GitHub notices that a job's process is gone
        assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr

    def live(self) -> tuple[str | None, str]:
        state = self.box.state()
        (target,) = state["gptbots"]
        (workflow,) = state["meingpt"][0]["workflows"]
        return next((each["version"] for each in target["versions"] if each["status"] == "PUBLISHED"), None), str(workflow["description"])


@pytest.fixture
def runner(repository: Any, start_sandbox: "Callable[..., Sandbox]") -> Iterator[Runner]:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": BADLY}}}, "meingpt": {"organisations": {"acme": {"runs": {"*": BADLY}}}}})
    with running(GitHub()) as hub:
        yield Runner(repository, box, hub)


def test_a_bad_release_is_rolled_back_and_told_at_its_line(runner: Runner) -> None:
    good = runner.release("good")
    assert good.code == 0, good.out
    bad = runner.release("worse")
    assert bad.code == 1
    assert runner.live() == ("1.0.0", "good")
    assert {change["error"]["code"] for change in bad.report["changes"]} == {"ROLLED_BACK"}
    assert "file=evals/suite.yml,line=2" in bad.out.replace("endLine=2,", "").replace("title=", "")
    summary = (runner.repository.root / ".runner/summary").read_text()
    assert "❌ answers well" in summary
    assert "was released again" in summary
    again = runner.release("worse")
    assert runner.live() == ("1.0.0", "good")
    assert again.report["evals"] == []


@pytest.mark.parametrize("path", ["/v1/workflow/invoke", "/v1/workflow/version/release", "/v1/workflows/*/execute"])
def test_killed_in_between_the_next_run_on_another_machine_finishes(runner: Runner, path: str) -> None:
    assert runner.release("good").code == 0
    runner.killed("worse", path)
    finished = runner.release("worse")
    assert finished.code == 1, finished.out
    assert runner.live() == ("1.0.0", "good")
    assert runner.release("better").code == 0
    assert runner.live()[1] == "better"
