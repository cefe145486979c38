"""docs/install.md as it is written: each of its commands installs this very checkout, from a repository at a tag, and what it installed runs.

The repository stands on this machine; the packages come from the registries.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from deployer import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/install.md").read_text("utf-8")
ADDRESS = "https://github.com/<OWNER>/flowship"
GIT = ("git", "-c", "user.name=E2E", "-c", "user.email=e2e@example.com", "-c", "init.defaultBranch=main")
TOOLS = ("uvx", "uv", "pipx", "pre-commit")


def block(start: str) -> str:
    """The one command of the page that starts with these words."""
    commands: list[str] = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    (command,) = (command for command in commands if command.startswith(start))
    return command


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout, what is not committed included, as a repository with the tag of its version."""
    folder = tmp_path_factory.mktemp("published") / "flowship"
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Flowship"), ("tag", f"v{__version__}")):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def shell(repository: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs a command as a person does who has git, uv, pipx and pre-commit, but nothing of ours; returns what it prints."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(Path(sysconfig.get_paths()["scripts"]) / tool)
    home = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    kept = {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTPS_PROXY"))}
    path = f"{home}/.local/bin:{tmp_path}/venv/bin:{programs}:/usr/local/bin:/usr/bin:/bin"
    environment = {**kept, "HOME": str(home), "PATH": path, "PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE", ""), "UV_LINK_MODE": "copy"}

    def run(command: str) -> str:
        command = command.replace(f"git+{ADDRESS}", f"git+file://{repository}")
        done = subprocess.run(["sh", "-euc", command], cwd=work, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_uvx_runs_it_once(shell: Callable[[str], str]) -> None:
    assert __version__ in shell(block("uvx --from"))


@pytest.mark.parametrize("tool", ["uv tool install", "pipx install"])
def test_a_tool_installs_it_as_a_command(shell: Callable[[str], str], tool: str) -> None:
    shell(block(tool))
    assert __version__ in shell("flowship --version")
    assert "usage" in shell("flowship --help").lower()


def test_pip_installs_it_into_an_environment_and_init_and_lint_work(shell: Callable[[str], str], tmp_path: Path) -> None:
    shell(f"python3 -m venv {tmp_path}/venv")
    shell(block("pip install"))
    shutil.copytree(ROOT / "examples/workflows", tmp_path / "work/workflows")
    shell(block("flowship init"))
    assert (tmp_path / "work/flowship.yml").exists()


def test_the_wheel_holds_one_package(shell: Callable[[str], str], repository: Path, tmp_path: Path) -> None:
    shell(f"uv build --quiet --wheel --out-dir {tmp_path}/dist {repository}")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.startswith(f"flowship-{__version__}-py3-none-any")
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"deployer", f"flowship-{__version__}.dist-info"}


def test_pre_commit_installs_the_hook_and_it_finds_a_mistake(shell: Callable[[str], str], repository: Path, tmp_path: Path) -> None:
    (written,) = re.findall(r"^```yaml\n(repos:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    work = tmp_path / "work"
    (work / ".pre-commit-config.yaml").write_text(written.replace(ADDRESS, f"file://{repository}"), "utf-8")
    (work / "hello.yaml").write_text(yaml.safe_dump({"name": "hello", "trigger": {"type": "webhook"}, "steps": 1}), "utf-8")
    (work / "flowship.yml").write_text("version: 1\nworkflows:\n  hello:\n    source: hello.yaml\n    key: MEINGPT\n", "utf-8")
    shell("git init -q && git add .")
    printed = shell("pre-commit run --all-files || true")
    assert "flowship lint" in printed
    assert "Failed" in printed
    assert "hello.yaml" in printed


def test_the_image_runs_as_a_command(engine: Engine, image: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples/workflows", tmp_path / "workflows")
    command = block("docker run").replace("$PWD", str(tmp_path)).replace(f"ghcr.io/<OWNER>/flowship:{__version__}", image).replace('"', "")
    words = command.split()
    assert words[0] == "docker"
    done = engine(*words[1:-1], "init", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "flowship.yml").exists()
    assert engine(*words[1:]).returncode == 0
