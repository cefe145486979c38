"""A deploy of many workflows at once, killed at any request, before or after its effect, or stopped at any instant, and run again: it converges,
and nothing is there twice.

Judged on what the sandbox holds and saw, never on our own report. The sandbox kills the deploy (SIGKILL) at the n-th request
that reaches it. Here a few places of a small deploy; `make chaos` (FLOWSHIP_CHAOS=1) takes every place of a large one, and random instants.
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_stand_in import GitHub, running

ROOT = Path(__file__).resolve().parents[2]
CHAOS = bool(os.environ.get("FLOWSHIP_CHAOS"))
EACH = 10 if CHAOS else 3  # workflows on each platform
# A first deploy makes, with releases: GPTBots list, verify, import, release; meinGPT one list, then create and read back.
REQUESTS = EACH * 4 + 1 + EACH * 2
PLACES = range(1, REQUESTS + 1) if CHAOS else (1, 5, 8, 11, 14, 17, REQUESTS)
INSTANTS = range(100 if CHAOS else 3)
IMPORT = "/v1/workflow/version/import"
SHA = "c0ffee" + "0" * 34
PLENTY = {"meingpt": {"defaults": {"rate_limits": {"calls": 100000}}}}


class Fleet:
    """A repository with workflows on both platforms, and the program as a process of its own that can be killed."""

    def __init__(self, repository: Any, sandbox: Any, hub: GitHub | None) -> None:
        self.sandbox = sandbox
        self.hub = hub
        self.root: Path = repository.root
        bots = [f"bot{number}" for number in range(EACH)]
        entries = "".join(f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in bots)
        entries += "".join(f"  w{number}: {{source: workflows/w{number}.yaml, key: MEINGPT}}\n" for number in range(EACH))
        repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
        for name in bots:
            repository.flow(f"flows/{name}.flow", name)
        for number in range(EACH):
            repository.write(f"workflows/w{number}.yaml", f"name: Workflow {number}\ntrigger: {{type: webhook}}\nsteps: []\n")
        repository.use(sandbox.url, MEINGPT="sandbox-acme", **{name.upper(): f"sandbox-workflow-{name}" for name in bots})
        self.environment = repository.environment | {"PYTHONPATH": str(ROOT), "FLOWSHIP_CONCURRENCY": "4"}
        self.said = ""
        self._run = 0

    def deploy(self, *, release: str = "always", stop_after: float | None = None, sent: signal.Signals = signal.SIGKILL) -> int:
        """Exit code; negative when it was killed. `sent` after that many seconds."""
        command = [sys.executable, "-m", "deployer", *([] if self.hub else ["deploy", "--release", release])]
        environment = self.environment | (self._action(self.hub, release) if self.hub else {})
        process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        (self.root / "pid").write_text(str(process.pid))
        try:
            self.said, _ = process.communicate(timeout=stop_after or 60)
        except subprocess.TimeoutExpired:
            process.send_signal(sent if stop_after else signal.SIGKILL)
            self.said, _ = process.communicate(timeout=40)
        if self.hub:
            self.hub.runs[f"{self._run}.1"] = "completed"  # GitHub notices that a job's process is gone
        return process.returncode

    def _action(self, hub: GitHub, release: str) -> dict[str, str]:
        """As the action, on a runner that knows nothing: all that lasts is on GitHub."""
        self._run += 1
        inputs = {"MODE": "deploy", "RELEASE": release, "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": hub.url, "STATE": "github"}
        runner = {
            "ACTIONS": "true",
            "EVENT_NAME": "workflow_dispatch",
            "REF": "refs/heads/main",
            "REPOSITORY": "acme/flows",
            "SHA": SHA,
            "WORKSPACE": str(self.root),
            "RUN_ID": str(self._run),
            "RUN_ATTEMPT": "1",
        }
        return {**{f"INPUT_{name}": value for name, value in inputs.items()}, **{f"GITHUB_{name}": value for name, value in runner.items()}}

    def kill_at(self, place: int, when: str) -> None:
        """The sandbox kills the deploy at the n-th request, `before` or `after` its effect."""
        self.sandbox.faults(
            [{"match": {"path": "/v1/*", "nth": place}, "do": {"signal": {"name": "KILL", "pid_file": str(self.root / "pid"), "when": when}}}]
        )

    def judge(self, *, live: bool = True) -> None:
        """Every target in the wanted state, nothing twice."""
        state = self.sandbox.state()
        targets = {target["name"]: target["versions"] for target in state["gptbots"]}
        assert len(targets) == EACH
        for name, versions in targets.items():
            fingerprints = Counter(version["fingerprint"] for version in versions)
            assert max(fingerprints.values()) == 1, f"{name} was imported twice"
            assert [version["status"] for version in versions] == ["PUBLISHED" if live else "DRAFT"]
        (organisation,) = state["meingpt"] or [{"workflows": []}]
        names = Counter(workflow["name"] for workflow in organisation["workflows"])
        assert names == (Counter(f"Workflow {number}" for number in range(EACH)) if live else Counter())
        assert {workflow["status"] for workflow in organisation["workflows"]} <= {"active"}


@pytest.fixture(params=["file", "github"])
def sharded(request: pytest.FixtureRequest, repository: Any, start_sandbox: Callable[..., Any]) -> Iterator[Fleet]:
    sandbox = start_sandbox(targets=PLENTY)
    if request.param == "file":
        yield Fleet(repository, sandbox, None)
        return
    with running(GitHub()) as hub:
        yield Fleet(repository, sandbox, hub)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", PLACES)
def test_killed_at_a_request_and_run_again(sharded: Fleet, place: int, when: str) -> None:
    sharded.kill_at(place, when)
    assert sharded.deploy() == -9
    sharded.sandbox.faults([])
    assert sharded.deploy() == 0, sharded.said
    sharded.judge()


@pytest.mark.parametrize("instant", INSTANTS)
def test_stopped_at_a_random_instant_and_run_again(sharded: Fleet, instant: int) -> None:
    sent = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[instant % 3]
    code = sharded.deploy(stop_after=random.Random(instant).uniform(0.2, 1.2), sent=sent)
    assert code in ((0, -sent) if sent == signal.SIGKILL else (0, 1, 4, -sent)), sharded.said  # by the signal itself: before its first line
    if code == 0:
        sharded.judge()
    assert sharded.deploy() == 0, sharded.said
    sharded.judge()


def test_nothing_goes_live_that_was_not_asked_for_however_often_it_is_killed(sharded: Fleet) -> None:
    for place in (3, 7, 9):
        sharded.kill_at(place, "after")
        sharded.deploy(release="never")
    sharded.sandbox.faults([])
    assert sharded.deploy(release="never") == 0, sharded.said
    sharded.judge(live=False)


def test_a_deploy_of_what_is_there_makes_no_write_and_few_reads(sharded: Fleet) -> None:
    assert sharded.deploy() == 0, sharded.said
    before = len(sharded.sandbox.requests())
    assert sharded.deploy() == 0, sharded.said
    requests = sharded.sandbox.requests()[before:]
    assert {request["method"] for request in requests} == {"GET"}
    assert sum(request["path"].endswith("/version/list") for request in requests) == EACH
    assert [request["path"] for request in requests if request["path"].startswith("/v1/workflows")] == ["/v1/workflows"]
