"""Servers that drip, that never end, and that send more than a run can hold: the run ends in its time, within its memory, with a verdict."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

import pytest
from dripping import PHASES, drip
from github_stand_in import GitHub, running
from odd_proxy import Asked, OddProxy, running_before
from runner_grammar import read_outputs

from deployer.config.inputs import OUTPUTS

TIMEOUT_S = 3
MARGIN_S = 10  # after the run's time limit
MAX_PEAK_KB = 300 * 1024
MIB = 1024 * 1024
LIST = "/v1/workflow/version/list"
SHA = "c0ffee" + "0" * 34
# The program, and the most memory that it had: unlike a child's usage, which may count what the test had before it started it.
MEASURED = """
import sys
from deployer.cli.main import main
code = main(sys.argv[1:])
print("PEAK", next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
sys.exit(code)
"""


@pytest.fixture
def platform(sandbox: Any) -> Iterator[OddProxy]:
    with running_before(sandbox.url) as proxy:
        yield proxy


@pytest.fixture
def over() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def prepare(repository: Any, names: list[str]) -> dict[str, str]:
    """A flow for each name, and the variables of a step that releases them all."""
    for name in names:
        repository.flow(f"flows/{name}.flow")
    rows = (f"  {name}: {{source: flows/{name}.flow, key: {name.upper().replace('-', '_')}}}" for name in names)
    repository.write("flowship.yml", "\n".join(["version: 1", "workflows:", *rows, ""]))
    repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
    repository.write(".runner/output", "")
    repository.write(".runner/summary", "")
    keys = "\n".join(f"{name.upper().replace('-', '_')}=sandbox-workflow-{name}" for name in names)
    inputs = {"mode": "deploy", "keys": keys, "release": "always", "state": "none", "timeout": str(TIMEOUT_S)}
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(repository.root / ".runner/event.json"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "acme/flows",
        "GITHUB_RUN_ID": "2",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SHA": SHA,
        "GITHUB_WORKSPACE": str(repository.root),
        "GITHUB_OUTPUT": str(repository.root / ".runner/output"),
        "GITHUB_STEP_SUMMARY": str(repository.root / ".runner/summary"),
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }


def require_whole_step(repository: Any, code: int, *codes: int) -> None:
    assert code in codes, (repository.root / ".runner/summary").read_text()
    assert set(read_outputs((repository.root / ".runner/output").read_text())) == set(OUTPUTS)
    assert (repository.root / ".runner/summary").read_text()


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {change["workflow"]: change["status"] for change in report["changes"]}


def test_a_run_ends_soon_after_its_time_whatever_drips_from_a_platform(repository: Any, platform: OddProxy, over: threading.Event) -> None:
    phases = {"odd-" + phase.replace(" ", "-"): phase for phase in PHASES}
    environment = prepare(repository, [*phases, "good"])
    repository.use(platform.url)

    def own(handler: BaseHTTPRequestHandler) -> bool:
        phase = phases.get(handler.headers["Authorization"].removeprefix("Bearer sandbox-workflow-"))
        if phase:
            drip(handler.connection, phase, over)
        return phase is not None

    platform.own = own
    began = time.monotonic()
    ran = repository.run(**environment, INPUT_CONCURRENCY="12")
    assert time.monotonic() - began < TIMEOUT_S + MARGIN_S
    require_whole_step(repository, ran.code, 1)
    assert statuses(ran.report) == {**dict.fromkeys(phases, "failed"), "good": "skipped"}, ran.out


@pytest.mark.parametrize("begins", ["at once", "when it is live"])
def test_a_run_ends_soon_after_its_time_whatever_drips_from_github(repository: Any, sandbox: Any, over: threading.Event, begins: str) -> None:
    environment = prepare(repository, ["good"]) | {"GITHUB_REF": "refs/tags/v1"}
    repository.use(sandbox.url)
    numbers = count()

    def own(handler: BaseHTTPRequestHandler) -> bool:
        """Each request in another phase."""
        is_dripping = begins == "at once" or sandbox.state()["gptbots"]
        return bool(is_dripping) and not drip(handler.connection, list(PHASES)[next(numbers) % len(PHASES)], over)

    hub = GitHub()
    hub.commit(SHA)
    hub.release("v1", "What is new")
    with running(hub), running_before(hub.url) as proxy:
        proxy.own = own
        began = time.monotonic()
        github = {"INPUT_GITHUB-TOKEN": "stand-in-token", "INPUT_GITHUB-API-URL": proxy.url, "INPUT_STATE": "github", "INPUT_DEPLOYMENTS": "all"}
        ran = repository.run(**(environment | github))
        assert time.monotonic() - began < TIMEOUT_S + MARGIN_S
        assert next(numbers) > 1
    require_whole_step(repository, ran.code, 0, 1)


@pytest.mark.parametrize(
    "row", ['{"version":"1","version_status":"DRAFT","create_time":1e999}', '{"version":"1","release_time":NaN}', '{"create_time":' + "9" * 400 + "}"]
)
def test_a_number_that_only_python_reads_fails_its_workflow_alone(repository: Any, platform: OddProxy, row: str) -> None:
    environment = prepare(repository, ["odd", "good"])
    repository.use(platform.url)
    platform.answer = lambda asked: f'{{"code":0,"data":[{row}]}}'.encode() if asked.path == LIST and asked.key.endswith("-odd") else None
    ran = repository.run(**environment | {"INPUT_TIMEOUT": "30"})
    require_whole_step(repository, ran.code, 1)
    assert statuses(ran.report) == {"odd": "failed", "good": "released"}
    assert ran.change_of("odd")["error"]["code"] == "ODD_REPLY"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="only Linux tells a process its peak")
def test_eight_replies_as_large_as_they_can_be_at_once_take_bounded_memory(repository: Any, platform: OddProxy) -> None:
    names = [f"odd-{number}" for number in range(8)]
    environment = prepare(repository, [*names, "good"]) | {"INPUT_TIMEOUT": "60", "FLOWSHIP_REPORT": "report.json"}
    repository.use(platform.url)
    largest = [
        _padded(b'{"code":0,"data":[' + b"{}," * 120_000 + b"{}]}"),
        _padded(b'{"code":0,"data":[' + b",".join(b'{"%x":1.5}' % number for number in range(60_000)) + b"]}"),
        b'{"code":0,"data":[{"version":"' + b"x" * (4 * MIB - 100) + b'","version_status":"DRAFT"}]}',
        b'{"code":0,"data":["' + "\U0001f600".encode() * (MIB - 100) + b'"]}',
        b"[" * (4 * MIB),
        b"[" + b"{}," * (20 * MIB) + b"{}]",
        b'"' + b"\\" * (60 * MIB),
        b'{"code":0,"data":[' + b'"a",' * 60_000 + b'"a"]}',
    ]

    def answer(asked: Asked) -> bytes | None:
        number = asked.key.rpartition("odd-")[2]
        return largest[int(number)] if asked.path == LIST and number.isdecimal() else None

    platform.answer = answer
    command = [sys.executable, "-c", MEASURED]
    ran = subprocess.run(
        command, cwd=repository.root, env=repository.environment | environment, capture_output=True, text=True, timeout=110, check=False
    )
    require_whole_step(repository, ran.returncode, 1)
    report = json.loads((repository.root / "report.json").read_text())
    assert statuses(report)["good"] == "released", ran.stdout + ran.stderr
    assert int(ran.stdout.rpartition("PEAK ")[2]) < MAX_PEAK_KB


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="only Linux tells a process its peak")
def test_a_reply_that_unpacks_to_a_gigabyte_takes_bounded_memory(repository: Any, platform: OddProxy) -> None:
    environment = prepare(repository, ["odd", "good"]) | {"INPUT_TIMEOUT": "60", "FLOWSHIP_REPORT": "report.json"}
    repository.use(platform.url)
    bomb = gzip.compress(b"[" + b"\0" * MIB * 64) * 16

    def own(handler: BaseHTTPRequestHandler) -> bool:
        if not handler.headers["Authorization"].endswith("-odd") or handler.path != LIST:
            return False
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        handler.wfile.write(head.encode() + bomb)
        return True

    platform.own = own
    command = [sys.executable, "-c", MEASURED]
    ran = subprocess.run(
        command, cwd=repository.root, env=repository.environment | environment, capture_output=True, text=True, timeout=110, check=False
    )
    require_whole_step(repository, ran.returncode, 1)
    report = json.loads((repository.root / "report.json").read_text())
    assert statuses(report) == {"odd": "failed", "good": "released"}
    (failed,) = (change for change in report["changes"] if change["workflow"] == "odd")
    assert failed["error"]["code"] == "REPLY_TOO_LARGE"
    assert int(ran.stdout.rpartition("PEAK ")[2]) < MAX_PEAK_KB


def _padded(content: bytes) -> bytes:
    """As large as a list may be: white space counts for its size."""
    return content + b" " * (4 * MIB - len(content))
