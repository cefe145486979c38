"""The sandbox as a process of its own: what it prints, how it ends, what a killed one leaves behind."""

import json
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[2]
A = {"Authorization": "Bearer sandbox-workflow-a"}
ORG = {"Authorization": "Bearer sandbox-acme"}
Start = Callable[..., tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start one and read its URL."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str | Path) -> tuple["subprocess.Popen[str]", str]:
        command = [sys.executable, "-m", "deployer.sandbox", "--port", "0", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert select.select([process.stdout], [], [], 30)[0], "it printed nothing"
        return process, process.stdout.readline().rstrip("\n")

    yield run
    for process in started:
        process.kill()
        process.communicate()


def upload(url: str) -> Any:
    return requests.post(f"{url}/v1/workflow/version/import", headers=A, files={"file": ("a.flow", b"\x00")}, timeout=10).json()


def versions(url: str) -> list[str]:
    rows = requests.get(f"{url}/v1/workflow/version/list", headers=A, timeout=10).json()["data"]
    return [f"{row['version']} {row['version_status']}" for row in rows]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_cleanly(start: Start, number: signal.Signals) -> None:
    process, url = start()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    with requests.Session() as kept:
        assert kept.get(f"{url}/_sandbox/state", timeout=10).json() == {"gptbots": [], "meingpt": []}
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_store_survives_a_kill(start: Start, tmp_path: Path) -> None:
    store = tmp_path / "sandbox.db"
    process, url = start("--store", store)
    upload(url)
    requests.post(f"{url}/v1/workflow/version/release", headers=A, json={"version": "1.0.0"}, timeout=10)
    upload(url)
    made = requests.post(f"{url}/v1/workflows", headers=ORG, json={"name": "W", "trigger": {"type": "email"}, "steps": []}, timeout=10).json()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    _, restarted = start("--store", store)
    assert versions(restarted) == ["1.0.1 DRAFT", "1.0.0 PUBLISHED"]
    assert requests.get(f"{restarted}/v1/workflows/{made['id']}", headers=ORG, timeout=10).json() == made
    assert upload(restarted)["data"]["version"] == "1.0.2"
    log = requests.get(f"{restarted}/_sandbox/requests", timeout=10).json()
    assert [row["method"] for row in log] == ["POST", "POST", "POST", "POST", "GET", "GET", "POST"]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_it_dies_where_a_rule_says_and_once(start: Start, tmp_path: Path, when: str, made: int) -> None:
    store, rules = tmp_path / "sandbox.db", tmp_path / "faults.yml"
    rules.write_text(json.dumps([{"match": {"path": "*/import", "nth": 1}, "do": {"exit": when}}]))
    process, url = start("--store", store, "--faults", rules)
    with pytest.raises(requests.exceptions.ConnectionError):
        upload(url)
    assert process.wait(20) == 70
    _, restarted = start("--store", store, "--faults", rules)
    assert len(versions(restarted)) == made
    assert upload(restarted)["code"] == 0
    assert requests.get(f"{restarted}/_sandbox/requests", timeout=10).json()[0]["status"] is None


def test_files_and_latency_are_taken(start: Start, tmp_path: Path) -> None:
    targets = tmp_path / "targets.yml"
    targets.write_text("gptbots:\n  targets:\n    mine:\n      key: real-key\n      kind: agent\n")
    _, url = start("--targets", targets, "--latency", "0.01", "--host", "localhost")
    assert url.startswith("http://localhost:")
    reply = requests.get(f"{url}/v1/api-key/verify", headers={"Authorization": "Bearer real-key"}, timeout=10)
    assert reply.json()["data"]["entityType"] == "agent"


def refused(*arguments: str) -> str:
    command = [sys.executable, "-m", "deployer.sandbox", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_unusable_files_are_reported(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("gptbots:\n  targets:\n    a: {mod: test}\n")
    assert refused("--targets", str(bad)) == (
        f'sandbox: {bad}: gptbots.targets.a: unknown key "mod". Did you mean "mode"? Known: key, kind, id, mode, version_management, '
        "plan_limit, list, empty_list_data, release_data, deleted, rate_limit, owns, tools, credentials, error_status, error_text, runs, versions.\n"
    )
    assert "expected a list of rules" in refused("--faults", str(bad))
    assert "cannot read this faults file" in refused("--faults", str(tmp_path / "none.yml"))
    assert "cannot keep the sandbox's store here" in refused("--store", str(bad))
    assert f"store here: there is no folder {tmp_path / 'no'}." in refused("--store", str(tmp_path / "no" / "folder.db"))


def test_port_in_use_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = refused("--port", str(taken.getsockname()[1]))
    assert "cannot listen on 127.0.0.1" in message
    assert "Address already in use" in message
    assert "Errno" not in message
    assert "--port 0" in message


@pytest.mark.parametrize("arguments", [("--latency", "-1"), ("--latency", "nan"), ("--port", "x")])
def test_unusable_options_are_reported(arguments: tuple[str, str]) -> None:
    assert arguments[0].strip("-") in refused(*arguments)


def test_it_stops_with_a_request_under_way(start: Start, tmp_path: Path) -> None:
    rules = tmp_path / "faults.yml"
    rules.write_text("- do: {hang: true}\n")
    process, url = start("--faults", rules)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{url}/v1/workflows", timeout=0.1)
    port = int(url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"GET /v1/workflows HTTP/1.1\r\nHost: x\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_command_prints_variables_to_copy_and_a_line_for_each_request(tmp_path: Path) -> None:
    """The lines are those that a run against it needs: pasted into a shell, `doctor` finds every target ready."""
    (tmp_path / "a.flow").write_text(json.dumps({"formatVersion": "1.0"}), "utf-8")
    steps = "steps: [{id: a, type: ai_completion, config: {model: m, prompt: hi}}]"
    (tmp_path / "w.yaml").write_text(f"name: W\ntrigger: {{type: webhook}}\n{steps}\n", "utf-8")
    manifest = "version: 1\nworkflows:\n  a: {source: a.flow, key: TRIAGE_A, preview: {keys: [TRY]}}\n  w: {source: w.yaml, key: ORG}\n"
    (tmp_path / "flowship.yml").write_text(manifest, "utf-8")
    command = [sys.executable, "-m", "deployer", "sandbox", "--port", "0"]
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        lines = [process.stdout.readline().strip() for _ in range(8)]
        exports = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
        doctor = subprocess.run(
            [sys.executable, "-m", "deployer", "doctor"], cwd=tmp_path, env={**environ, **exports}, capture_output=True, text=True, check=False
        )
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert exports == {
        "FLOWSHIP_GPTBOTS_BASE_URL": url,
        "FLOWSHIP_MEINGPT_BASE_URL": url,
        "FLOWSHIP_KEY_TRIAGE_A": "sandbox-workflow-triage-a",
        "FLOWSHIP_KEY_ORG": "sandbox-org",
        "FLOWSHIP_KEY_TRY": "sandbox-workflow-try",
    }
    assert "2 of 2 targets ready" in doctor.stdout, doctor.stdout + doctor.stderr
    assert re.search(r"^GET /v1/workflows org 200 \d+ ms$", log, re.MULTILINE), log
    assert all(re.fullmatch(r"GET /v1/\S+ .+ 200 \d+ ms", line) for line in log.splitlines())
