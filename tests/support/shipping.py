"""A repository whose commits and pull requests are shipped by the action, with its state in a file or on GitHub (a stand-in): what scenarios
(`shipping_scenarios`) are played on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pull_requests import DEPLOY, PREVIEW, Events

from deployer.model import fingerprint

if TYPE_CHECKING:
    from github_stand_in import GitHub
    from shipping_scenarios import Scenario

ROOT = Path(__file__).resolve().parents[2]
Environment = dict[str, str]
Picture = dict[str, list[str]]  # what the platforms hold: by target or organisation, newest first

SUITE = "cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"


def manifest(*entries: str) -> str:
    return "version: 1\nworkflows:\n" + "".join(entries)


class Stage:
    """A repository with commits, both platforms, and the action run on one machine. `store`: where the state is, "file" or "github"."""

    def __init__(self, repository: Any, sandbox: Any, hub: GitHub, store: str, entries: str) -> None:
        self.events = Events(repository, sandbox, hub, manifest(entries))
        self.repository, self.sandbox, self.hub, self.store = repository, sandbox, hub, store
        self.output, self._summary = (repository.root / ".runner" / name for name in ("output", "summary"))
        self._asked_before = 0
        self._texts: dict[str, str] = {}
        self._commits = 0
        for text in ("A", "B", "C", "good", "worse"):
            self._texts[fingerprint_of(self.events.files(text=text)["flows/a.flow"])] = text

    # What a scenario does

    def deploy(self, text: str = "", **inputs: str) -> Environment:
        """The environment of a deploy of a new commit in which every workflow says `text`; without one, of the checkout as it is."""
        if text:
            self._commits += 1
            sha = self.hub.commit(f"{self._commits:07}" + "c" * 33)
            self.hub.files[sha] = self.files(text)
            self.events.lay_out(self.hub.files[sha])
        return self.by_hand(mode="deploy", **{"release": "always", **inputs})

    def by_hand(self, **inputs: str) -> Environment:
        """The environment of a run that was started by hand on the default branch."""
        self.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
        settings: dict[str, Any] = {
            "event": "workflow_dispatch",
            "ref": "refs/heads/main",
            "keys": {**DEPLOY, **PREVIEW},
            "state": self.store,
            "concurrency": "1",
        }
        environment = self.events.environment(0, **(settings | inputs))
        return environment | {"GITHUB_SHA": self.hub.branches["main"]}

    def pull_request(self, action: str, push: int = 1, number: int = 12) -> Environment:
        """The environment of a run for what happened to a pull request."""
        if action == "closed":
            self.hub.pull(number, state="closed")
        else:
            self.events.push(number, push, text="ABC"[push], more=f"description: {'ABC'[push]}\n", greeting="Hello")
        self.events.prepare(number, action, push, {})
        return self.events.environment(number, state=self.store, concurrency="1")

    def files(self, text: str) -> dict[str, bytes]:
        """Every file of a commit in which every workflow says `text`."""
        files = self.events.files(text=text, more=f"description: {text}\n") | {"evals/suite.yml": SUITE.encode()}
        onboarding = files["workflows/onboarding.yaml"]
        return files | {f"workflows/other{number}.yaml": onboarding.replace(b"Onboarding", b"Other%d" % number) for number in range(3)}

    # Runs

    def run(self, environment: Environment) -> Any:
        """In this process."""
        self._forget()
        self._asked_before = len(self.sandbox.requests())
        ran = self.repository.run(**environment)
        self.end_of(environment)
        return ran

    def succeed(self, environment: Environment) -> None:
        ran = self.run(environment)
        assert ran.code == 0, ran.out

    def settle(self, scenario: Scenario) -> Any:
        """The next runs, with everything well: the last one. Fails where they do not end with what was wanted."""
        runs, codes = scenario.settles
        for _ in range(runs):
            ran = self.run(scenario.again(self))
        assert ran.code in codes, ran.out
        return ran

    def has(self, scenario: Scenario) -> bool:
        """Whether everything is there that the scenario wants, and nothing twice."""
        return scenario.view(self.picture()) == scenario.wanted

    def start(self, environment: Environment, command: tuple[str, ...] = (str(ROOT / "entrypoint.py"),)) -> subprocess.Popen[str]:
        """In a process of its own, whose id is in the file `pid`."""
        self._forget()
        self._asked_before = len(self.sandbox.requests())
        whole = self.repository.environment | {"FLOWSHIP_REPORT": "report.json", "PYTHONPATH": str(ROOT)} | environment
        process = subprocess.Popen(
            [sys.executable, *command], cwd=self.repository.root, env=whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.pid.write_text(str(process.pid))
        return process

    def _forget(self) -> None:
        """What the run before has told the runner."""
        for file in (self.output, self._summary, self.repository.root / "report.json"):
            file.unlink(missing_ok=True)

    def summary(self) -> str:
        """The job summary of the last run."""
        return self._summary.read_text() if self._summary.exists() else ""

    def asked(self) -> list[str]:
        """The requests that reached the platforms in the last run, in order: `PUT /v1/workflows/wf_1`."""
        return [f"{request['method']} {request['path']}" for request in self.sandbox.requests()[self._asked_before :]]

    def end_of(self, environment: Environment) -> None:
        """GitHub notices that a run is over."""
        self.hub.runs[f"{environment['GITHUB_RUN_ID']}.{environment['GITHUB_RUN_ATTEMPT']}"] = "completed"

    @property
    def pid(self) -> Path:
        return Path(f"{self.repository.root}-pid")

    def outputs(self) -> set[str]:
        """The names of the outputs that the last run has set."""
        return set(re.findall(r"^([\w-]+)<<", self.output.read_text(), re.MULTILINE)) if self.output.exists() else set()

    # What is there

    def picture(self) -> Picture:
        """What the platforms hold: `B live` before `A`, newest first; with the lease of a preview."""
        state = self.sandbox.state()
        shown = {target["name"]: [self._version(version) for version in target["versions"]] for target in state["gptbots"]}
        shown |= {place["organisation"]: sorted(map(_workflow, place["workflows"])) for place in state["meingpt"]}
        return {name: held for name, held in shown.items() if held}

    def is_live(self, wanted: Picture) -> bool:
        """Whether all is live that is live in that picture, if anything is; others may be there too."""
        held = self.picture()
        lives = [(name, entry) for name, entries in wanted.items() for entry in entries if ":" in entry or entry.endswith(" live")]
        return bool(lives) and all(entry in held.get(name, ()) for name, entry in lives)

    def _version(self, version: Mapping[str, Any]) -> str:
        lease = re.search(r"(?:^| )(pr:\w+) ", version["version_desc"])
        parts = [self._texts.get(version["fingerprint"], "?"), lease[1] if lease else "", "live" if version["status"] == "PUBLISHED" else ""]
        return " ".join(filter(None, parts))


def _workflow(workflow: Mapping[str, Any]) -> str:
    said = re.sub(r"\s*pr:\d+ [0-9a-f]+$", "", workflow.get("description") or "")
    return f"{workflow['name']}: {said}{'' if workflow['status'] == 'active' else ' ' + workflow['status']}"


def fingerprint_of(flow: bytes) -> str:
    return fingerprint.of_definition(json.loads(flow))
