"""Several workflows at once: bounded concurrency, failures that stay their own, and stopping."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"w{number:02}" for number in range(12)]
IMPORT = "/v1/workflow/version/import"


@pytest.fixture
def project(repository: Any) -> Any:
    entries = "".join(f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in NAMES)
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
    for name in NAMES:
        repository.flow(f"flows/{name}.flow", name)
    return repository


def keys() -> dict[str, str]:
    return {name.upper(): f"sandbox-workflow-{name}" for name in NAMES}


def imports(sandbox: Any) -> list[dict[str, Any]]:
    return [request for request in sandbox.requests() if request["path"] == IMPORT]


def test_every_workflow_once_in_name_order_and_never_more_than_asked_at_a_time(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(latency=0.02)
    project.use(sandbox.url, **keys())
    ran = project.run("deploy", "--concurrency", "3")
    assert ran.code == 0
    assert [change["workflow"] for change in ran.report["changes"]] == NAMES
    assert len(imports(sandbox)) == len(NAMES)
    assert 1 < max(request["in_flight"] for request in sandbox.requests()) <= 3
    again = project.run("deploy")
    assert {change["action"] for change in again.report["changes"]} == {"unchanged"}
    assert again.report["requests"]["gptbots"]["count"] == len(NAMES)


def test_a_failure_stops_that_workflow_and_no_other(project: Any, sandbox: Any) -> None:
    project.use(sandbox.url, **keys())
    sandbox.faults([{"match": {"path": IMPORT, "key": "w03"}, "do": {"error": 403202}}])
    ran = project.run("deploy")
    assert ran.code == 1
    outcomes = {change["workflow"]: change["outcome"] for change in ran.report["changes"]}
    assert outcomes == {name: "failed" if name == "w03" else "done" for name in NAMES}


def test_fail_fast_starts_nothing_new(project: Any, sandbox: Any) -> None:
    project.use(sandbox.url, **keys())
    sandbox.faults([{"match": {"path": IMPORT, "nth": 2}, "do": {"error": 403202}}])
    ran = project.run("deploy", "--fail-fast", "--concurrency", "1")
    outcomes = [change["outcome"] for change in ran.report["changes"]]
    assert (ran.code, outcomes) == (1, ["done", "failed", *["skipped"] * 10])
    assert len(imports(sandbox)) == 2


def test_only_narrows(project: Any, sandbox: Any) -> None:
    project.use(sandbox.url, **keys())
    ran = project.run("deploy", "--only", "w01, w02")
    assert [change["workflow"] for change in ran.report["changes"]] == ["w01", "w02"]


def test_shards_part_the_workflows_in_name_order(project: Any, sandbox: Any) -> None:
    project.use(sandbox.url, **keys())
    parts = [[change["workflow"] for change in project.run("deploy", "--shard", f"{number}/5").report["changes"]] for number in range(1, 6)]
    assert parts[1] == ["w01", "w06", "w11"]
    assert sorted(name for part in parts for name in part) == NAMES
    assert len(imports(sandbox)) == len(NAMES)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_stops_new_writes_and_what_was_done_is_recorded(project: Any, sandbox: Any, name: str) -> None:
    project.use(sandbox.url, **keys())
    # The third import never answers: the signal finds the run in the middle of it.
    sandbox.faults([{"match": {"path": IMPORT, "nth": 3}, "do": {"hang": True, "effect": True}}])
    environment = project.environment | {"FLOWSHIP_REPORT": "report.json", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deployer", "deploy", "--concurrency", "1"]
    with subprocess.Popen(command, cwd=project.root, env=environment, stdout=subprocess.PIPE, text=True) as process:
        while len(imports(sandbox)) < 3 and process.poll() is None:
            pass
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=30)
    report = json.loads((project.root / "report.json").read_text())
    assert process.returncode == 4
    assert [change["outcome"] for change in report["changes"]] == ["done", "done", "unknown", *["skipped"] * 9]
    assert len(imports(sandbox)) == 3
    sandbox.faults([])
    after = project.run("deploy")
    assert (after.code, len(imports(sandbox))) == (0, len(NAMES)), after.out


def test_broken_pipe_is_no_traceback(project: Any, sandbox: Any) -> None:
    project.use(sandbox.url, **keys())
    read, write = os.pipe()
    os.close(read)
    environment = project.environment | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "deployer", "plan"], cwd=project.root, env=environment, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert "Traceback" not in ended.stderr
