"""The locked requirements agree with pyproject.toml and with each other."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
FILES = ("requirements.txt", "requirements-dev.txt")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Package to version, of every entry that carries at least one hash."""
    return {canonicalize_name(found[1]): found[2] for found in _PIN.finditer((ROOT / name).read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*FILES, "requirements-audit.txt", "requirements-site.txt"])
def test_every_line_is_a_pin_with_hashes_and_none_names_a_server(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    left = [line for line in _PIN.sub("", text).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert left == []
    assert len(pins(name)) > 15
    assert "://" not in text


def test_what_we_need_is_locked_in_a_version_that_will_do(project: dict[str, Any]) -> None:
    locked = {"requirements.txt": project["project"]["dependencies"], "requirements-dev.txt": project["dependency-groups"]["dev"]}
    for name, needed in locked.items():
        found = pins(name)
        for each in map(Requirement, needed):
            assert each.specifier.contains(found[canonicalize_name(each.name)]), f"{name}: {each}"


def test_development_has_the_very_versions_that_run() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_actions_toolkit_works_without_pygithub_which_is_neither_locked_nor_installed() -> None:
    """Its `github` module alone imports it. Both files are installed with --no-deps."""
    assert not {"pygithub", "pyjwt", "pynacl"} & (pins("requirements.txt").keys() | pins("requirements-dev.txt").keys())
    code = "import importlib.util, actions_toolkit.command, actions_toolkit.file_command; print(importlib.util.find_spec('github'))"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "None"


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_that_a_locked_package_needs_is_left_out(name: str) -> None:
    """What pip would look after, without --no-deps."""
    locked = pins(name)
    for package in locked:
        try:
            needed = requires(package)
        except PackageNotFoundError:
            continue  # not for this machine
        for each in map(Requirement, needed or ()):
            if canonicalize_name(each.name) != "pygithub" and (each.marker is None or each.marker.evaluate({"extra": ""})):
                assert each.specifier.contains(locked[canonicalize_name(each.name)]), f"{package}: {each}"


def test_what_the_end_to_end_tests_take_from_npm_is_locked_and_names_no_registry() -> None:
    folder = ROOT / "tests" / "e2e" / "drawing"
    wanted, lock = (json.loads((folder / name).read_text()) for name in ("package.json", "package-lock.json"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    assert all(each.get("integrity") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
