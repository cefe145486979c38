"""A real engine, a real image, a real runner (act), and the sandbox on this machine's loopback."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from act_runner import Repository
from container_engine import Engine, copy_action, find_engine
from install_page import publish

ROOT = Path(__file__).parents[2]
TAG = "flowship-e2e:latest"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """What engine.sh found or set up; podman serves Docker's API on a socket of our own while the tests run."""
    found = find_engine()
    if found.command[0] == "docker":
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        socket = Path(folder) / "podman.sock"
        service = subprocess.Popen([*found.command, "system", "service", "--time=0", f"unix://{socket}"], env=found.environ)
        try:
            _wait(socket.exists, "podman's API")
            yield replace(found, environ={**found.environ, "DOCKER_HOST": f"unix://{socket}"})
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
    """The action's files as a checkout would hold them."""
    folder = tmp_path_factory.mktemp("action")
    copy_action(folder, engine)
    return folder


@pytest.fixture(scope="session")
def image(engine: Engine, action: Path) -> str:
    engine("build", "--tag", TAG, str(action), timeout=600)
    return TAG


@pytest.fixture(scope="session")
def set_up() -> dict[str, str]:
    """What drawing.sh found or installed, by name."""
    found = subprocess.run([ROOT / "tests/e2e/drawing.sh"], stdout=subprocess.PIPE, text=True, check=True)
    return dict(line.split("=", 1) for line in found.stdout.splitlines())


@pytest.fixture(scope="session")
def node_packages(set_up: dict[str, str]) -> Path:
    """The folder with the packages from npm; `node` is there too."""
    return Path(set_up["FOLDER"])


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("published") / "flowship")


@pytest.fixture
def repository(engine: Engine, action: Path, image: str, tmp_path: Path) -> Repository:
    """A repository with nothing of its own yet. The action runs the image that is built already, as a release's does."""
    root = tmp_path / "flows"
    shutil.copytree(action, root / ".action")
    made = Repository(root, engine)
    made.git("init", "--quiet")
    made.use_image(f"docker://{image}")
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
