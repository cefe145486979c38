"""The image by itself: what is in it, and what a hostile checkout, hostile names and a signal do to it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from github_stand_in import GitHub, running
from packaging.utils import canonicalize_name
from runner_grammar import ATTACKS, Grammar, read_outputs

from deployer.config.inputs import OUTPUTS

if TYPE_CHECKING:
    from container_engine import Engine

    from tests.conftest import Sandbox
    from tests.e2e.conftest import Container

ROOT = Path(__file__).parents[2]
PYTHON = "/opt/flowship/venv/bin/python"
LIMIT = 45_000_000  # bytes that our layers may add to the base
KEY = "sandbox-workflow-a"
SECONDS_TO_STOP = 5


def test_our_layers_are_small(engine: Engine, image: str) -> None:
    ours = sum(engine.our_layers(image))
    print(f"our layers add {ours / 1e6:.1f} MB")
    assert 10_000_000 < ours <= LIMIT


def test_what_installs_is_not_in_it(container: Container) -> None:
    script = """
    for name in git pip pip3 gcc curl wget; do command -v $name; done
    find / -xdev \\( -name pip -o -name ensurepip -o -name 'pip-*.dist-info' -o -name 'pip-*.whl' \\) -not -path '/proc/*' 2>/dev/null
    python -m pip --version 2>/dev/null || true
    """
    assert container.shell(script).split() == []


def test_what_nothing_reads_is_not_in_it(container: Container) -> None:
    script = "find /opt/flowship -name test -o -name tests -o -name '*.pyi' -o -name '*.[ch]' -o -path '*/tzdata/zoneinfo' -o -name '*.opt-?.pyc'"
    assert container.shell(script).split() == []


def test_it_holds_the_locked_packages_alone_and_the_licence_of_each(container: Container) -> None:
    """So PyGithub is not there, nor what only it needs. The wheel of jsonschema-rs names its licence and holds no text of it."""
    script = """
import json
from importlib.metadata import distributions
print(json.dumps({each.metadata["Name"]: [str(path.locate()) for path in each.files if "LICEN" in path.name] for each in distributions()}))
"""
    licences: dict[str, list[str]] = json.loads(container.shell(f"{PYTHON} -I -c {shlex.quote(script)}"))
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert sorted(map(canonicalize_name, licences)) == sorted(locked)
    assert [name for name, files in licences.items() if not files] == ["jsonschema_rs"]
    files = ["/opt/flowship/LICENSE", *(file for found in licences.values() for file in found)]
    assert "MIT License" in container.shell(f"cat {shlex.join(files)}")


@pytest.mark.parametrize("mode", ["lint", "deploy"])
def test_a_step_compiles_nothing(container: Container, mode: str) -> None:
    """Byte code that is missing is made anew in each container: half a second of each step."""
    shutil.copytree(ROOT / "examples", container.workspace, dirs_exist_ok=True)
    script = f"touch /tmp/start && sleep 1.1 && {PYTHON} -I /opt/flowship/entrypoint.py && find / -xdev -name '*.pyc' -newer /tmp/start >compiled"
    inputs = {"mode": mode, "release": "always", "sandbox": "true", "report": "r.json", "junit": "r.xml", "sarif": "r.sarif"}
    done = container.run(inputs, "-c", script, options=("--entrypoint", "/bin/sh"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (container.workspace / "compiled").read_text("utf-8").split() == []


def test_the_sandbox_starts_in_it(container: Container) -> None:
    printed = container.shell(f"timeout --signal INT 3 {PYTHON} -I /opt/flowship/entrypoint.py sandbox --port 0 || true")
    assert "http://127.0.0.1:" in printed


def test_it_starts_python_isolated(engine: Engine, image: str) -> None:
    (entrypoint,) = (json.loads(engine("image", "inspect", "--format", "{{json .Config.Entrypoint}}", image).stdout),)
    assert entrypoint[1] == "-I"


def test_a_hostile_checkout_and_netrc_change_nothing(container: Container, sandbox: Sandbox, flow: Callable[[str], str]) -> None:
    (container.workspace / "a.flow").write_text(flow("A"))
    for name in ("requests", "sitecustomize", "usercustomize", "yaml", "json", "deployer"):
        (container.workspace / f"{name}.py").write_text("raise SystemExit('HIJACKED')\n")
    (container.home / ".netrc").write_text("default login evil password evil\n")
    (container.home / ".netrc").chmod(0o600)
    done = container.run(
        {"mode": "deploy", "files": "a.flow", "api-key": KEY, "gptbots-base-url": sandbox.url, "report": "r.json"},
        PYTHONPATH="/github/workspace",
        PYTHONSTARTUP="/github/workspace/json.py",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "HIJACKED" not in done.stdout + done.stderr
    assert json.loads((container.workspace / "r.json").read_text())["changes"][0]["version"] == "1.0.0"


OURS = {"add-mask", "group", "endgroup", "error", "warning", "notice", "stop-commands"}


def assert_only_our_commands(done: subprocess.CompletedProcess[str]) -> None:
    """Reads both streams as the runner does: every command is of a kind that we write, and none is one that an attack asks for."""
    found = Grammar().read(done.stdout) + Grammar().read(done.stderr)
    assert {each.name for each in found} <= OURS
    wanted = [each for attack in ATTACKS.values() for each in Grammar(respects_stop=False).read(attack) if each.name != "endgroup"]
    assert [each for each in found if each in wanted] == []


def hostile(container: Container, flow: Callable[[str], str], names: list[str]) -> None:
    """A checkout whose manifest has these names, each with a file of its own and a key of its own."""
    entries = {}
    for number, name in enumerate(names):
        (container.workspace / f"{number}.flow").write_text(flow(f"W {number}"), encoding="utf-8")
        entries[name] = {"source": f"{number}.flow", "key": f"K{number}"}
    (container.workspace / "flowship.yml").write_text(yaml.safe_dump({"version": 1, "workflows": entries}), encoding="utf-8")


def test_names_that_a_manifest_refuses_start_no_command(container: Container, flow: Callable[[str], str]) -> None:
    hostile(container, flow, [attack for attack in ATTACKS.values() if "\ud800" not in attack])
    done = container.run({"mode": "deploy"})
    assert done.returncode == 2
    assert "pwned" in done.stdout
    assert_only_our_commands(done)


def test_names_that_a_manifest_takes_start_no_command_when_they_deploy_and_when_they_fail(
    container: Container, sandbox: Sandbox, flow: Callable[[str], str]
) -> None:
    tame = (re.sub(r"[,\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", "", attack).strip() for attack in ATTACKS.values())
    names = [name for name in dict.fromkeys(tame) if name]
    assert len(names) > 15
    hostile(container, flow, names)
    keys = "".join(f"K{number}=sandbox-{'agent' if number % 3 == 0 else 'workflow'}-k{number}\n" for number in range(len(names)))
    done = container.run({"mode": "deploy", "keys": keys, "gptbots-base-url": sandbox.url, "report": "r.json"})
    assert done.returncode == 1, done.stdout + done.stderr
    outcomes = [each["outcome"] for each in json.loads((container.workspace / "r.json").read_text())["changes"]]
    assert {"done", "failed"} <= set(outcomes)
    assert_only_our_commands(done)
    outputs = read_outputs((container.home / "output").read_text(encoding="utf-8"))
    assert set(outputs) <= set(OUTPUTS)
    summary = re.sub(r"(`+)[^`]+\1", "", (container.home / "summary.md").read_text(encoding="utf-8"))  # a code span shows what it holds
    assert not re.search(r"<script|@team", summary)


def test_a_signal_stops_it_in_time_and_it_says_what_it_knows(
    container: Container, engine: Engine, start_sandbox: Callable[..., Sandbox], flow: Callable[[str], str]
) -> None:
    """PID 1 gets no default handlers: without our own, only the kill after ten seconds would end it."""
    sandbox = start_sandbox(latency=20)
    (container.workspace / "a.flow").write_text(flow("A"))
    inputs = {"mode": "deploy", "files": "a.flow", "api-key": KEY, "gptbots-base-url": sandbox.url, "report": "r.json"}
    name = "flowship-e2e-signal"
    running = subprocess.Popen(
        [*engine.command, *container.command(inputs, options=("--name", name))],
        env=engine.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _until_asked(sandbox)
    engine("kill", "--signal", "INT", name)
    sent = time.monotonic()
    said, _ = running.communicate(timeout=30)
    assert time.monotonic() - sent < SECONDS_TO_STOP, said
    assert running.returncode != 0
    assert json.loads((container.workspace / "r.json").read_text())["ok"] is False


def _until_asked(sandbox: Sandbox) -> None:
    for _ in range(100):
        if any(not each["path"].startswith("/_sandbox") for each in sandbox.requests()):
            return
        time.sleep(0.1)
    pytest.fail("the container asked the sandbox nothing in ten seconds")


def test_started_by_hand_without_inputs_it_explains_itself(container: Container) -> None:
    done = container.run({}, GITHUB_ACTIONS="")
    assert done.returncode == 2
    assert "usage: flowship" in done.stdout


def test_what_was_deployed_is_remembered_on_github(container: Container, sandbox: Sandbox, flow: Callable[[str], str]) -> None:
    """GitHub is reached from the isolated Python, and two containers that share nothing but GitHub agree on what is there."""
    (container.workspace / "a.flow").write_text(flow("A"))
    with running(GitHub()) as hub:
        inputs = {"mode": "deploy", "files": "a.flow", "api-key": KEY, "gptbots-base-url": sandbox.url, "report": "r.json"}
        inputs |= {"github-token": "stand-in-token", "github-api-url": hub.url}
        variables = {"GITHUB_REPOSITORY": "acme/flows", "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": hub.branches["main"]}
        done = container.run(inputs, GITHUB_RUN_ID="1", **variables)
        assert done.returncode == 0, done.stdout
        assert [len(each) for each in hub.environments().values()] == [2]
        without_key = container.run({**inputs, "api-key": "", "mode": "plan"}, GITHUB_RUN_ID="2", **variables)
    (change,) = json.loads((container.workspace / "r.json").read_text())["changes"]
    assert (without_key.returncode, change["action"], change["version"]) == (0, "unchanged", "1.0.0"), without_key.stdout
    assert not (container.workspace / ".flowship").exists()
