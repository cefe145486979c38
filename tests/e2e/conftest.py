"""A real engine, a real image, a real runner (act), and the sandbox on this machine's loopback."""

import importlib.util
import itertools
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("action.yml", "Dockerfile", ".dockerignore", "requirements.txt", "entrypoint.py", "deployer")
RUNNER_IMAGE = "python:3.13-slim-trixie"
TAG = "flowship-e2e:latest"
AFTERWARDS = (
    "mkdir -p seen",
    'printf %s "$OUTPUTS" >seen/outputs.json',
    'printf %s "$OUTCOME" >seen/outcome',
)
AFTER_ALL = ("mkdir -p seen", 'printf %s "$STEPS" >seen/steps.json')
GIT = ("git", "-c", "user.name=E2E", "-c", "user.email=e2e@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Engine:
    """A container engine: `command` starts its client, `environ` reaches its API."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    cache: Path
    stand_in: bool

    def __call__(self, *arguments: str, check: bool = True, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run([*self.command, *arguments], env=self.environ, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode:
            pytest.fail(f"{' '.join(arguments)} exits {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def layers(self, image: str) -> list[tuple[int, str]]:
        """Bytes (uncompressed) and the instruction of each layer, the newest first."""
        if self.command[0] == "podman":  # the one whose templates know no plain numbers
            return [(each["size"], each["CreatedBy"]) for each in json.loads(self("history", "--no-trunc", "--format", "json", image).stdout)]
        rows = self("history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image).stdout.splitlines()
        return [(int(size), made_by) for size, _, made_by in (row.partition(" ") for row in rows)]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """What engine.sh found or set up; podman serves Docker's API on a socket of our own while the tests run."""
    found = subprocess.run([ROOT / "tests/e2e/engine.sh"], stdout=subprocess.PIPE, text=True, check=True)
    facts = dict(line.split("=", 1) for line in found.stdout.splitlines())
    cache = Path(facts["CACHE"])
    stand_in = facts["BASE"] == "stand-in"
    if facts["ENGINE"] == "docker":
        yield Engine(("docker",), dict(os.environ), cache, stand_in)
        return
    environ = {**os.environ, "CONTAINERS_CONF": str(cache / "containers.conf")}
    command = ("podman", "--root", str(cache / "storage"), "--runroot", str(cache / "run"))
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        socket = Path(folder) / "podman.sock"
        service = subprocess.Popen([*command, "system", "service", "--time=0", f"unix://{socket}"], env=environ)
        try:
            _wait(socket.exists, "podman's API")
            yield Engine(command, {**environ, "DOCKER_HOST": f"unix://{socket}"}, cache, stand_in)
        finally:
            service.terminate()
            service.wait(timeout=30)


def _wait(condition: Callable[[], bool], what: str) -> None:
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"{what} is not there after 30 s")


@pytest.fixture(scope="session")
def action(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's files as a checkout would hold them. Only where no registry answers is the base's digest taken off: the stand-in has none."""
    folder = tmp_path_factory.mktemp("action")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    if engine.stand_in:
        dockerfile = folder / "Dockerfile"
        lines = [line.split("@sha256:")[0] + " AS base" if line.startswith("FROM python:") else line for line in dockerfile.read_text().splitlines()]
        dockerfile.write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def image(engine: Engine, action: Path) -> str:
    engine("build", "--tag", TAG, str(action), timeout=600)
    return TAG


@pytest.fixture(scope="session")
def grammar() -> ModuleType:
    """The reader of the runner's command grammar, and the texts that attack it, from the unit tests."""
    spec = importlib.util.spec_from_file_location("runner_grammar", ROOT / "tests/unit/github/conftest.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def set_up() -> dict[str, str]:
    """What drawing.sh found or installed, by name."""
    found = subprocess.run([ROOT / "tests/e2e/drawing.sh"], stdout=subprocess.PIPE, text=True, check=True)
    return dict(line.split("=", 1) for line in found.stdout.splitlines())


@pytest.fixture(scope="session")
def node_packages(set_up: dict[str, str]) -> Path:
    """The folder with the packages from npm; `node` is there too."""
    return Path(set_up["FOLDER"])


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

    def push(self, inputs: Mapping[str, str], ref: str = "refs/heads/main", subject: str = "Answer faster") -> Ran:
        """Run the workflow as a push of `ref` would. Inputs are plain text in it, not secrets: the runner's masking must not do our work."""
        return self.push_through(_workflow(inputs), ref, subject)

    def push_through(self, workflow: str, ref: str = "refs/heads/main", subject: str = "Answer faster") -> Ran:
        """The same with a workflow's own text; one of its steps does what AFTERWARDS says."""
        done = self._act(workflow, ref, subject)
        return self._ran(done.returncode, done.stdout + done.stderr)

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

    def _act(self, workflow: str, ref: str, subject: str) -> "subprocess.CompletedProcess[str]":
        event = {"ref": ref, "head_commit": {"message": subject}, "repository": {"default_branch": "main", "full_name": "acme/flows"}}
        event_file = self.root.parent / "event.json"
        event_file.write_text(json.dumps(event))
        self.write(".github/workflows/e2e.yml", workflow)
        shutil.rmtree(self.root / "seen", ignore_errors=True)
        act = [os.path.join(sysconfig.get_path("scripts"), "act"), "push", "--eventpath", str(event_file), "--defaultbranch", "main"]
        act += ["--platform", f"ubuntu-latest={RUNNER_IMAGE}", "--pull=false", "--network", "host", "--bind", "--container-daemon-socket", "-"]
        act += ["--env", f"GITHUB_RUN_ID={next(self.runs)}"]
        return subprocess.run(act, cwd=self.root, env=self._environ(), capture_output=True, text=True, timeout=300, check=False)

    def _environ(self) -> dict[str, str]:
        config = self.engine.cache / "act-config"
        (config / "act").mkdir(parents=True, exist_ok=True)
        (config / "act/actrc").touch()  # without one act asks which image to use
        return {**self.engine.environ, "XDG_CONFIG_HOME": str(config), "XDG_CACHE_HOME": str(self.engine.cache / "act-cache")}

    def _ran(self, code: int, log: str) -> Ran:
        seen = {path.name: path.read_text(encoding="utf-8") for path in (self.root / "seen").glob("*")}
        assert "outputs.json" in seen, f"the step after ours did not run:\n{log}"
        report = json.loads(seen.get("report.json", "{}"))
        # act gives each step a summary file of its own, and shows what ours wrote in the log.
        summary = re.search(r"^\[[^\]]*\] +\S+ +Summary - (.*?)(?=^\[)", log, re.DOTALL | re.MULTILINE)
        return Ran(code, log, json.loads(seen["outputs.json"]), seen["outcome"], summary[1] if summary else "", report, {"log": log, **seen})


def looking_at(step: str) -> dict[str, Any]:
    """A step that writes down what became of an earlier one."""
    environ = {"OUTPUTS": f"${{{{ toJSON(steps.{step}.outputs) }}}}", "OUTCOME": f"${{{{ steps.{step}.outcome }}}}"}
    return {"if": "always()", "env": environ, "run": "\n".join(AFTERWARDS)}


def _workflow(inputs: Mapping[str, str]) -> str:
    return _job([{"id": "ship", "uses": "./.action", "with": {"report": "seen/report.json", **inputs}}, looking_at("ship")])


def _job(steps: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"on": "push", "jobs": {"ship": {"runs-on": "ubuntu-latest", "steps": steps}}}, indent=2)


@pytest.fixture
def looking() -> Callable[[str], dict[str, Any]]:
    return looking_at


@pytest.fixture
def repository(engine: Engine, action: Path, image: str, tmp_path: Path) -> Repository:
    """A repository with nothing of its own yet. The image is built, so that act's own build finds every layer."""
    root = tmp_path / "flows"
    shutil.copytree(action, root / ".action")
    made = Repository(root, engine)
    made.git("init", "--quiet")
    return made


@dataclass(frozen=True)
class Container:
    """Runs the image by hand, the way the runner does."""

    engine: Engine
    image: str
    workspace: Path
    home: Path

    def command(self, inputs: Mapping[str, str], *arguments: str, options: Sequence[str] = (), **variables: str) -> list[str]:
        environ = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        environ |= {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/github/workspace", "HOME": "/github/home", **variables}
        environ |= {"GITHUB_OUTPUT": "/github/home/output", "GITHUB_STEP_SUMMARY": "/github/home/summary.md"}
        flags = [flag for name, value in environ.items() for flag in ("--env", f"{name}={value}")]
        mounts = ["--volume", f"{self.workspace}:/github/workspace", "--volume", f"{self.home}:/github/home", "--workdir", "/github/workspace"]
        return ["run", "--rm", "--network", "host", *mounts, *flags, *options, self.image, *arguments]

    def run(self, inputs: Mapping[str, str], *arguments: str, options: Sequence[str] = (), **variables: str) -> "subprocess.CompletedProcess[str]":
        for name in ("output", "summary.md"):
            (self.home / name).write_text("", encoding="utf-8")
        return self.engine(*self.command(inputs, *arguments, options=options, **variables), check=False)

    def shell(self, script: str) -> str:
        return self.engine("run", "--rm", "--entrypoint", "/bin/sh", self.image, "-c", script).stdout


@pytest.fixture
def container(engine: Engine, image: str, tmp_path: Path) -> Container:
    for name in ("workspace", "home"):
        (tmp_path / name).mkdir()
    return Container(engine, image, tmp_path / "workspace", tmp_path / "home")


@pytest.fixture
def flow() -> Callable[[str], str]:
    """A `.flow` that the platform takes, with this name."""

    def make(name: str) -> str:
        nodes = [{"id": each.lower(), "name": each.title(), "type": each, "x": 0, "y": 0} for each in ("START", "END")]
        edge = {"id": "e", "sourceNodeID": "start", "targetNodeID": "end", "sourceHandle": "out", "targetHandle": "in"}
        graph = {"workflowNodes": nodes, "workflowEdges": [edge]}
        head = {"formatVersion": "1.0", "exportType": "WORKFLOW", "exportTime": 1758765323024, "name": name, "botType": "Workflow"}
        return json.dumps({**head, "workflow": graph}, indent=2) + "\n"

    return make
