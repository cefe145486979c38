"""A repository whose GitHub workflows a real runner (act) runs, with the action of this checkout beside it.

act knows no environments, permissions and concurrency, and fetches no other action here: `with_local_action` makes of a workflow that `init`
wrote what act can run, and leaves the rest as written.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from container_engine import Engine

RUNNER_IMAGE = "python:3.13-slim-trixie"
LOCAL_ACTION = "./.action"
AFTERWARDS = (
    "mkdir -p seen",
    'printf %s "$OUTPUTS" >seen/outputs.json',
    'printf %s "$OUTCOME" >seen/outcome',
)
AFTER_ALL = ("mkdir -p seen", 'printf %s "$STEPS" >seen/steps.json')
GIT = ("git", "-c", "user.name=E2E", "-c", "user.email=e2e@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Ran:
    """What a run of act left: its exit code and log, and what the step after ours saw."""

    code: int
    log: str
    outputs: dict[str, str]
    outcome: str
    summary: str
    report: dict[str, Any]
    everything: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Step:
    """One step of ours in a job of several."""

    outcome: str
    outputs: dict[str, str]
    report: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Repository:
    """A user's repository with the action beside it, and a runner for its one workflow."""

    root: Path
    engine: Engine
    runs: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)  # act gives every run the same id

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        return subprocess.run([*GIT, *arguments], cwd=self.root, capture_output=True, text=True, check=True).stdout

    def use_image(self, image: str) -> None:
        """What runs the action: `Dockerfile`, which each job builds, or `docker://IMAGE`, as a release has it."""
        action = (self.root / ".action/action.yml").read_text()
        self.write(".action/action.yml", re.sub(r"(?m)^  image: .*$", f"  image: {image}", action))

    def push(self, inputs: Mapping[str, str], ref: str = "refs/heads/main", subject: str = "Answer faster") -> Ran:
        """Run the workflow as a push of `ref` would. Inputs are plain text in it, not secrets: the runner's masking must not do our work."""
        return self.push_through(_workflow(inputs), ref, subject)

    def push_through(self, workflow: str, ref: str = "refs/heads/main", subject: str = "Answer faster") -> Ran:
        """The same with a workflow's own text; one of its steps does what AFTERWARDS says."""
        return self.read_run(self._act(workflow, ref, subject))

    def job(self, steps: Sequence[Mapping[str, Any]], ref: str = "refs/heads/main") -> tuple[str, dict[str, Step]]:
        """Run a job of these steps, each of ours in a container of its own: its log, and what became of each step by its id."""
        done = self._act(_job([*steps, {"if": "always()", "env": {"STEPS": "${{ toJSON(steps) }}"}, "run": "\n".join(AFTER_ALL)}]), ref, "")
        log = done.stdout + done.stderr
        if done.returncode:
            pytest.fail(f"the job failed:\n{log}")
        seen = self.root / "seen"
        found = json.loads((seen / "steps.json").read_text(encoding="utf-8"))
        reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in seen.glob("*.json")}
        return log, {name: Step(each["outcome"], each["outputs"], reports.get(name, {})) for name, each in found.items()}

    def _act(self, workflow: str, ref: str, subject: str) -> subprocess.CompletedProcess[str]:
        event = {"ref": ref, "head_commit": {"message": subject}, "repository": {"default_branch": "main", "full_name": "acme/flows"}}
        return self.run("push", event, workflow)

    def run(self, name: str, event: Mapping[str, Any], workflow: str, secrets: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the workflow as GitHub would start it for that event. `secrets`: what `secrets.NAME` gives in it."""
        event_file = self.root.parent / "event.json"
        event_file.write_text(json.dumps(event))
        self.write(".github/workflows/e2e.yml", workflow)
        shutil.rmtree(self.root / "seen", ignore_errors=True)
        act = [os.path.join(sysconfig.get_path("scripts"), "act"), name, "--workflows", ".github/workflows/e2e.yml"]
        act += ["--eventpath", str(event_file), "--defaultbranch", "main", "--container-daemon-socket", "-"]
        act += ["--platform", f"ubuntu-latest={RUNNER_IMAGE}", "--pull=false", "--network", "host", "--bind", "--rm"]
        act += ["--env", f"GITHUB_RUN_ID={next(self.runs)}", *(f"--secret={secret}" for secret in secrets or {})]
        environ = {**self._environ(), **(secrets or {})}
        return subprocess.run(act, cwd=self.root, env=environ, capture_output=True, text=True, timeout=300, check=False)

    def _environ(self) -> dict[str, str]:
        config = self.engine.cache / "act-config"
        (config / "act").mkdir(parents=True, exist_ok=True)
        (config / "act/actrc").touch()  # without one act asks which image to use
        return {**self.engine.environ, "XDG_CONFIG_HOME": str(config), "XDG_CACHE_HOME": str(self.engine.cache / "act-cache")}

    def read_run(self, done: subprocess.CompletedProcess[str]) -> Ran:
        """What the run of a workflow left, one of whose steps does what AFTERWARDS says."""
        log = done.stdout + done.stderr
        seen = {path.name: path.read_text(encoding="utf-8") for path in (self.root / "seen").glob("*")}
        assert "outputs.json" in seen, f"the step after ours did not run:\n{log}"
        report = json.loads(seen.get("report.json", "{}"))
        # act gives each step a summary file of its own, and shows what ours wrote in the log.
        summary = re.search(r"^\[[^\]]*\] +\S+ +Summary - (.*?)(?=^\[)", log, re.DOTALL | re.MULTILINE)
        return Ran(
            done.returncode, log, json.loads(seen["outputs.json"]), seen["outcome"], summary[1] if summary else "", report, {"log": log, **seen}
        )


def looking_at(step: str) -> dict[str, Any]:
    """A step that writes down what became of an earlier one."""
    environ = {"OUTPUTS": f"${{{{ toJSON(steps.{step}.outputs) }}}}", "OUTCOME": f"${{{{ steps.{step}.outcome }}}}"}
    return {"if": "always()", "env": environ, "run": "\n".join(AFTERWARDS)}


def _workflow(inputs: Mapping[str, str]) -> str:
    return _job([{"id": "ship", "uses": LOCAL_ACTION, "with": {"report": "seen/report.json", **inputs}}, looking_at("ship")])


def _job(steps: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"on": "push", "jobs": {"ship": {"runs-on": "ubuntu-latest", "steps": steps}}}, indent=2)


def with_local_action(text: str, action: str, inputs: Mapping[str, str]) -> dict[str, Any]:
    """The workflow without other actions and queues, and with the action of this checkout, given `inputs` too, in place of `action`."""
    loaded: dict[Any, Any] = yaml.safe_load(text)
    loaded["on"] = loaded.pop(True)  # what YAML 1.1 makes of that word
    for part in (loaded, *loaded["jobs"].values()):
        part.pop("concurrency", None)  # act does not know `queue`
    for job in loaded["jobs"].values():
        job["steps"] = [step for step in job["steps"] if not step["uses"].startswith("actions/")]
        assert {step["uses"] for step in job["steps"]} == {action}
        for step in job["steps"]:
            step |= {"uses": LOCAL_ACTION, "with": step["with"] | inputs}
    return loaded
