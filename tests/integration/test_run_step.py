"""The command line in a `run:` step of a GitHub workflow: the runner reads both streams for commands, and no name or text of others is one."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from runner_grammar import ATTACKS, Command, Grammar

ROOT = Path(__file__).parents[2]
HIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
NAMES = [text.replace("/", "|") for text in (*ATTACKS.values(), "\u202egpj.exe", "a\u2066b") if text and "\ud800" not in text]
FORMATS = ("text", "json", "sarif", "github", "junit")


class Done(NamedTuple):
    """What a step came to; both streams as they are, `\\r` included."""

    code: int
    out: str
    err: str


def step(folder: Path, *arguments: str, **variables: str) -> Done:
    """The program, as a `run:` step starts it: with `GITHUB_ACTIONS`, and none of the action's `INPUT_` variables."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "GITHUB_ACTIONS": "true", **variables}
    command = [sys.executable, "-m", "deployer", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def _in_process(repository: Any, *arguments: str, **variables: str) -> Done:
    """The same without a process of its own, which takes longer than all else."""
    return Done(*repository.run(*arguments, GITHUB_ACTIONS="true", **variables)[:3])


def commands(done: Done) -> list[Command]:
    """What the runner would obey, on either stream, if nothing were ever fenced."""
    assert done.code in (0, 1, 2), done.err
    assert not HIDDEN.search(done.out + done.err)
    return _read_commands(done)


def _read_commands(done: Done) -> list[Command]:
    return Grammar(respects_stop=False).read(done.out) + Grammar(respects_stop=False).read(done.err)


@pytest.fixture
def hostile(repository: Any) -> Path:
    """Files whose names and contents are attacks, each with an error; several errors of one file stand below each other in a report."""
    for number, name in enumerate(NAMES):
        repository.write(f"{name}.flow", b'{"exportType": 1, "botType": 2, "workflow": ' + json.dumps(name).encode() + b"}")
        steps = [{"id": name, "name": name, "type": name, "config": {name: f"{{{{{name}}}}}"}}] * 2
        repository.write(f"{name} {number}.yaml", {"name": name, "trigger": {"type": name}, "steps": steps, name: 1})
    root: Path = repository.root
    return root


@pytest.mark.parametrize("format_", FORMATS)
def test_lint_of_hostile_files_prints_no_command_in_any_format(hostile: Path, format_: str) -> None:
    done = step(hostile, "lint", "--format", format_)
    assert done.code == 1, done.err
    found = commands(done)
    if format_ != "github":
        assert found == []
        return
    assert {command.name for command in found} == {"error", "warning"}
    assert len(found) <= 30
    for command in found:
        assert set(command.properties) <= {"title", "file", "line", "endLine", "col", "endColumn"}
        assert not HIDDEN.search("".join((command.message, *command.properties.values())))


def test_what_a_program_reads_of_a_report_is_what_was_there(hostile: Path) -> None:
    """Escaping changes how a report is written, not what it says."""
    named = {f"{name}.flow" for name in NAMES}
    findings = json.loads(step(hostile, "lint", "--format", "json").out)["findings"]
    assert named <= {finding["path"] for finding in findings}
    messages = {finding["message"] for finding in findings}
    assert any("##[" in message for message in messages)
    junit = ET.fromstring(step(hostile, "lint", "--format", "junit").out)
    assert any("##[" in (case.get("name") or "") for case in junit.iter("testcase"))
    assert any((failure.text or "").startswith("::") or "\n::" in (failure.text or "") for failure in junit.iter("failure"))


MANIFEST = "version: 1\nenvironments: [production, {environment}]\nworkflows:\n{entries}"


@pytest.mark.parametrize("text", ATTACKS.values(), ids=list(ATTACKS))
def test_names_and_texts_of_a_deploy_start_no_command(repository: Any, sandbox: Any, text: str) -> None:
    repository.flow(name=text, description=text)
    repository.workflow()
    name = " ".join(text.replace(",", "").split()).replace("\ud800", "")[:90] or "x"
    entries = f"  {json.dumps(name)}: {{source: flows/a.flow, key: A}}\n  b: {{source: workflows/onboarding.yaml, key: B}}\n"
    repository.write("flowship.yml", MANIFEST.format(environment="staging", entries=entries))
    said = text.replace("\ud800", "")  # half a character makes a reply odd, and then nothing of it is shown
    reply = {"code": 0, "msg": said, "data": {"botId": said, "botType": "Workflow", "version": f"1{said}", "warning": said}}
    refusal = {"error": {"code": said, "message": said}}
    sandbox.faults([
        {"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps(reply)}},
        {"match": {"path": "*/v1/workflows", "method": "POST"}, "do": {"status": 422, "body": json.dumps(refusal), "effect": False}},
    ])  # fmt: skip
    urls = {"FLOWSHIP_GPTBOTS_BASE_URL": sandbox.url, "FLOWSHIP_MEINGPT_BASE_URL": sandbox.url}
    keys = {"FLOWSHIP_KEY_A": "sandbox-workflow-a", "FLOWSHIP_KEY_B": "sandbox-acme", "FLOWSHIP_MESSAGE": text.replace("\ud800", "") or "x"}
    for arguments in (["plan"], ["deploy", "--release", "always"], ["drift"], ["doctor"]):
        assert commands(_in_process(repository, *arguments, **urls, **keys)) == []


@pytest.mark.parametrize(
    "text", [text for text in ATTACKS.values() if "\ud800" not in text], ids=[name for name in ATTACKS if "surrogate" not in name]
)
def test_refused_requests_start_no_command(repository: Any, text: str) -> None:
    repository.flow()
    for arguments in (
        [text],
        ["lint", text],
        ["lint", f"--{text}"],
        ["lint", "--format", text],
        ["plan", f"--{text}"],
        ["plan", "--environment", text],
        ["plan", "--only", text],
        ["plan", "--files", text],
        ["deploy", "--release", text],
        ["plan", "--gptbots-base-url", text],
        ["rollback", "--to", text],
        ["init", text],
        ["schema", text],
    ):
        assert commands(_in_process(repository, *arguments)) == []


def test_init_of_hostile_names_starts_no_command(hostile: Path) -> None:
    assert commands(step(hostile, "init")) == []


def test_output_of_others_starts_no_command(tmp_path: Path) -> None:
    """What a library logs or warns, and a traceback that was asked for."""
    (tmp_path / "sitecustomize.py").write_text(
        "import deployer.cli.main as cli\n"
        "def run(*_):\n"
        "    import logging, sys, warnings\n"
        "    logging.warning('x\\r::error::pwned')\n"
        "    warnings.warn('x ##[error]pwned')\n"
        "    sys.stdout.write('::err')\n"
        "    sys.stdout.write('or::pwned')\n"
        "    raise KeyError('##[error]pwned\\x1b[31m')\n"
        "cli._run = run\n",
        encoding="utf-8",
    )
    for variables in ({}, {"FLOWSHIP_DEBUG": "1"}):
        done = step(tmp_path, "plan", PYTHONPATH=f"{tmp_path}:{ROOT}", **variables)
        assert done.code == 3
        found = _read_commands(done)
        assert [command.properties for command in found] == ([] if variables else [{"title": "A bug in Flowship"}])
        assert "pwned" in done.out
        assert done.err.count("pwned") >= 2


def test_output_to_a_file_stays_as_it_is(repository: Any) -> None:
    """In a `run:` step stdout may be a file: no fence and no commands come between, and messages stay on stderr."""
    repository.flow()
    here, there = (step(repository.root, "plan", GITHUB_ACTIONS=value) for value in ("true", ""))
    seconds = re.compile(r"^\d+\.\d s$", re.MULTILINE)
    assert (seconds.sub("", here.out), here.err) == (seconds.sub("", there.out), there.err)
    assert step(repository.root, "schema", "manifest").out == step(repository.root, "schema", "manifest", GITHUB_ACTIONS="").out
    assert step(repository.root, "nonsense").err.startswith("flowship: unknown command")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_terminal_gets_nothing_hidden(hostile: Path, format_: str) -> None:
    reading, writing = pty.openpty()
    command = [sys.executable, "-m", "deployer", "lint", "--format", format_]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "LANG": "C.UTF-8"}
    with subprocess.Popen(command, cwd=hostile, env=environment, stdout=writing, stderr=writing) as process:
        os.close(writing)
        printed = b""
        while part := _read(reading):
            printed += part
    os.close(reading)
    assert process.returncode == 1
    assert not HIDDEN.search(printed.decode().replace("\r\n", "\n"))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""
