"""A signal at any moment of the action's process, from its first line to its last: outputs are set, and the exit code says whether all is done.

The process sends the signal to itself right before one of its own functions: so each moment is met exactly. (Signals while requests are under
way come from the sandbox: test_many_workflows.py.)
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runner_grammar import read_outputs

from deployer.config.inputs import OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
SIGNALLED = """\
import importlib, os, sys
module, _, path = sys.argv.pop(1).partition(":")
numbers = [int(number) for number in sys.argv.pop(1).split(",")]
owner = importlib.import_module(module)
*parents, name = path.split(".")
for parent in parents:
    owner = getattr(owner, parent)
function = getattr(owner, name)
def signalled(*arguments, **named):
    for number in numbers:
        os.kill(os.getpid(), number)
    return function(*arguments, **named)
setattr(owner, name, signalled)
from deployer.cli.main import script
script()
"""
BEFORE_THE_RUN = (
    "deployer.cli.main:main",
    "deployer.cli.args:parse",
    "deployer.config.reader:read",
    "deployer.cli.dispatch:make_context",
    "deployer.cli.dispatch:choose_mode",
)
WHILE_PUBLISHING = ("deployer.cli.dispatch:publish", "deployer.github.runner:Runner.append_summary", "deployer.github.runner:Runner.set_output")
ONCE_AND_AGAIN = [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM)]
MODES = ("deploy", "rollback", "drift", "doctor", "plan")


class Step(NamedTuple):
    """A step that has ended: exit code, log and outputs."""

    code: int
    log: str
    outputs: dict[str, str]


@pytest.fixture
def step(repository: Any, sandbox: Any) -> Callable[..., Step]:
    """Runs the action as a process that gets these signals before it calls that function ("" for none)."""
    repository.flow()
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)

    def run(moment: str, numbers: tuple[signal.Signals, ...], mode: str = "deploy", **variables: str) -> Step:
        repository.write("output", "")
        environment = repository.environment | {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(repository.root),
            "GITHUB_OUTPUT": str(repository.root / "output"),
            "GITHUB_STEP_SUMMARY": str(repository.root / "summary"),
            "GITHUB_REPOSITORY": "acme/flows",
            "INPUT_MODE": mode,
            "INPUT_RELEASE": "always",
            "INPUT_KEYS": "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme",
            "INPUT_GPTBOTS-BASE-URL": sandbox.url,
            "INPUT_MEINGPT-BASE-URL": sandbox.url,
        }
        program = ["-c", SIGNALLED, moment, ",".join(str(int(number)) for number in numbers)] if moment else [str(ROOT / "entrypoint.py")]
        ended = subprocess.run(
            [sys.executable, *program],
            cwd=repository.root,
            env=environment | {"PYTHONPATH": str(ROOT)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Step(ended.returncode, ended.stdout, read_outputs((repository.root / "output").read_text()))

    return run


@pytest.mark.parametrize("numbers", ONCE_AND_AGAIN)
@pytest.mark.parametrize("moment", BEFORE_THE_RUN)
def test_signal_before_the_run_begins_sends_nothing_and_sets_the_outputs(
    step: Callable[..., Step], sandbox: Any, moment: str, numbers: tuple[signal.Signals, ...]
) -> None:
    stopped = step(moment, numbers)
    assert stopped.code == 1, stopped.log
    assert stopped.outputs["ok"] == "false"
    assert set(OUTPUTS) - {"comment-url"} <= set(stopped.outputs)
    assert "Traceback" not in stopped.log
    assert sandbox.requests() == []


@pytest.mark.parametrize("mode", MODES)
def test_no_mode_that_was_stopped_before_it_began_succeeds(step: Callable[..., Step], sandbox: Any, mode: str) -> None:
    assert step("", (), "deploy").code == 0
    requests = len(sandbox.requests())
    stopped = step("deployer.cli.dispatch:choose_mode", (signal.SIGTERM,), mode)
    assert (stopped.code, stopped.outputs["ok"]) == (1, "false"), stopped.log
    assert len(sandbox.requests()) == requests


@pytest.mark.parametrize("numbers", ONCE_AND_AGAIN)
@pytest.mark.parametrize("moment", WHILE_PUBLISHING)
def test_signal_while_outputs_are_written_loses_none_of_them(step: Callable[..., Step], moment: str, numbers: tuple[signal.Signals, ...]) -> None:
    stopped = step(moment, numbers)
    assert stopped.code == 0, stopped.log
    assert (stopped.outputs["ok"], stopped.outputs["released"]) == ("true", "2")
    assert set(OUTPUTS) - {"comment-url"} <= set(stopped.outputs)


def test_signal_after_the_last_line_of_the_run_changes_no_exit_code(step: Callable[..., Step]) -> None:
    stopped = step("os:_exit", (signal.SIGTERM, signal.SIGINT))
    assert (stopped.code, stopped.outputs["ok"]) == (0, "true"), stopped.log


@pytest.mark.parametrize(("mode", "code"), [("deploy", 4), ("plan", 1)])
def test_run_that_waits_for_a_github_that_does_not_answer_is_not_waited_for(step: Callable[..., Step], sandbox: Any, mode: str, code: int) -> None:
    """The signal comes while the state is read: the call to GitHub would last longer than the runner waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        github = {"INPUT_GITHUB-TOKEN": "t", "INPUT_GITHUB-API-URL": f"http://127.0.0.1:{silent.getsockname()[1]}", "INPUT_STATE": "github"}
        stopped = step("http.client:HTTPConnection.getresponse", (signal.SIGINT,), mode, **github)
    assert (stopped.code, stopped.outputs["ok"]) == (code, "false"), stopped.log
    assert "did not come in time" in stopped.log
    assert set(OUTPUTS) - {"comment-url"} <= set(stopped.outputs)
    assert sandbox.requests() == []
