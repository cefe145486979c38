"""docs/install.md as it is written: the pre-commit hook, the container, and the wheel that every command builds (the commands: test_first_day.py).

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
from install_page import ADDRESS, PAGE, block

from deployer import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from container_engine import Engine

ROOT = Path(__file__).parents[2]
TOOLS = ("uv", "pre-commit")


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str], str]:
    """Runs a command as a person does who has git, uv and pre-commit, but nothing of ours; returns what it prints."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(Path(sysconfig.get_paths()["scripts"]) / tool)
    home = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    kept = {name: text for name, text in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTPS_PROXY"))}
    path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
    environment = {**kept, "HOME": str(home), "PATH": path, "PIP_CONFIG_FILE": os.environ.get("PIP_CONFIG_FILE", ""), "UV_LINK_MODE": "copy"}

    def run(command: str) -> str:
        done = subprocess.run(["sh", "-euc", command], cwd=work, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_one_package(shell: Callable[[str], str], published: Path, tmp_path: Path) -> None:
    shell(f"uv build --quiet --wheel --out-dir {tmp_path}/dist {published}")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.startswith(f"flowship-{__version__}-py3-none-any")
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"deployer", f"flowship-{__version__}.dist-info"}


def test_pre_commit_installs_the_hook_and_it_finds_a_mistake(shell: Callable[[str], str], published: Path, tmp_path: Path) -> None:
    (written,) = re.findall(r"^```yaml\n(repos:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    work = tmp_path / "work"
    (work / ".pre-commit-config.yaml").write_text(written.replace(ADDRESS, f"file://{published}"), "utf-8")
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
