"""A repository in a temporary folder, and the program run in it against the sandbox, in this process."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from deployer.cli.main import main

# The example's own flow: real graph, small enough.
MINIMAL_FLOW: dict[str, Any] = {
    "formatVersion": "1.0",
    "exportType": "WORKFLOW",
    "exportTime": 1758765323024,
    "name": "A",
    "botType": "Workflow",
    "workflow": {
        "workflowNodes": [
            {"id": "s", "name": "Start", "type": "START", "x": 0, "y": 0, "outputs": []},
            {"id": "e", "name": "End", "type": "END", "x": 1, "y": 1, "endParam": {"outputType": "TEXT", "outputText": "hi"}},
        ],
        "workflowEdges": [{"id": "1", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "a", "targetHandle": "b"}],
    },
}
MINIMAL_YAML = """\
name: Onboarding
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {model: gpt-4, prompt: 'Hello {{input.name}}'}}
"""


class Ran(NamedTuple):
    """What a run came to: exit code, what it printed, its report ({} when none was written)."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def change(self) -> dict[str, Any]:
        """The report's only change."""
        (only,) = self.report["changes"]
        return dict(only)

    def change_of(self, workflow: str) -> dict[str, Any]:
        return next(dict(each) for each in self.report["changes"] if each["workflow"] == workflow)


class Repository:
    """Files, and `run` with an environment that holds nothing but what a test sets."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.environment: dict[str, str] = {"PATH": os.environ["PATH"], "HOME": str(root)}

    def write(self, path: str, content: str | bytes | dict[str, Any]) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        raw = json.dumps(content) if isinstance(content, dict) else content
        place.write_bytes(raw if isinstance(raw, bytes) else raw.encode())

    def flow(self, path: str = "flows/a.flow", text: str = "hi", **changed: Any) -> None:
        """A small valid `.flow` whose answer is `text`."""
        flow = json.loads(json.dumps(MINIMAL_FLOW | changed))
        flow["workflow"]["workflowNodes"][1]["endParam"]["outputText"] = text
        self.write(path, flow)

    def workflow(self, path: str = "workflows/onboarding.yaml", more: str = "") -> None:
        """A small valid meinGPT workflow."""
        self.write(path, MINIMAL_YAML + more)

    def use(self, url: str, **keys: str) -> None:
        """Both platforms at this address, and keys by name."""
        self.environment |= {"FLOWSHIP_GPTBOTS_BASE_URL": url, "FLOWSHIP_MEINGPT_BASE_URL": url}
        self.environment |= {f"FLOWSHIP_KEY_{name}": value for name, value in keys.items()}

    def run(self, *arguments: str, **environment: str) -> Ran:
        """The program, as `flowship ARGUMENTS` with these variables besides."""
        report = self.root / "report.json"
        report.unlink(missing_ok=True)
        whole = self.environment | {"FLOWSHIP_REPORT": "report.json"} | environment
        with self._monkeypatch.context() as patch:
            patch.chdir(self.root)
            for name in list(os.environ):
                patch.delenv(name)
            for name, value in whole.items():
                patch.setenv(name, value)
            code = main(list(arguments))
        out, err = self._capsys.readouterr()
        return Ran(code, out, err, json.loads(report.read_text()) if report.exists() else {})


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Repository:
    return Repository(tmp_path, monkeypatch, capsys)


@pytest.fixture
def one_flow(repository: Repository, sandbox: Any) -> Callable[..., Ran]:
    """A repository with flows/a.flow; the call deploys it without a manifest."""
    repository.flow()

    def deploy(*arguments: str) -> Ran:
        return repository.run(
            "deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, *arguments, FLOWSHIP_API_KEY="sandbox-workflow-a"
        )

    return deploy
