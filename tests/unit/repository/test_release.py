"""A release of Flowship itself, against a repository on this disk: what is committed, tagged and moved, and what is refused."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
IMAGE = f"registry.example/somebody/flowship@sha256:{'a1' * 32}"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of a repository with what a release touches, at version 1.2.3."""
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    for folder in ("tools", "deployer"):
        (clone / folder).mkdir()
    shutil.copy(ROOT / "tools/release.py", clone / "tools/release.py")
    shutil.copy(ROOT / "action.yml", clone / "action.yml")
    version(clone, "1.2.3")
    git(clone, "push", "--quiet", "origin", "main")
    return clone


def git(folder: Path, *words: str) -> str:
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    return subprocess.run(["git", *author, *words], cwd=folder, env=nobody, check=True, capture_output=True, text=True).stdout.strip()


def version(clone: Path, number: str) -> None:
    (clone / "deployer/__init__.py").write_text(f'__version__ = "{number}"\n')
    told = f"## [{number}] - 2026-01-01\n\n### Added\n\n- This, for {number}.\n\n"
    (clone / "CHANGELOG.md").write_text(f"# Changelog\n\n## [Unreleased]\n\n{told}## [0.9.0]\n\n- Old.\n")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", f"Version {number}")


def release(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return subprocess.run([sys.executable, "tools/release.py", *words], cwd=clone, env=environ, check=False, capture_output=True, text=True)


def test_the_tag_names_the_image_by_digest_and_the_main_branch_stays(checkout: Path) -> None:
    main = git(checkout, "rev-parse", "main")
    done = release(checkout, "publish", "v1.2.3", IMAGE)
    assert done.returncode == 0, done.stderr
    tagged = yaml.safe_load(git(checkout, "show", "origin/main:action.yml"))
    assert tagged["runs"] == {"using": "docker", "image": "Dockerfile"}
    remote = git(checkout, "ls-remote", "origin")
    assert f"{main}\trefs/heads/main" in remote
    commit = git(checkout, "rev-parse", "v1.2.3^{commit}")
    assert f"{commit}\trefs/tags/v1.2.3^{{}}" in remote
    assert f"{commit}\trefs/tags/v1" in remote
    assert git(checkout, "rev-parse", f"{commit}^") == main
    assert git(checkout, "diff", "--name-only", main, commit) == "action.yml"
    assert yaml.safe_load(git(checkout, "show", "v1:action.yml"))["runs"] == {"using": "docker", "image": f"docker://{IMAGE}"}


def test_the_moving_tag_goes_on_and_never_back(checkout: Path) -> None:
    assert release(checkout, "publish", "v1.2.3", IMAGE).returncode == 0
    for number, moves in (("1.3.0", True), ("1.2.4", False), ("1.4.0-rc.1", False), ("1.10.0", True), ("1.9.0", False), ("2.0.0", False)):
        before = git(checkout, "ls-remote", "origin", "refs/tags/v1")
        git(checkout, "checkout", "--quiet", "main")
        version(checkout, number)
        done = release(checkout, "publish", f"v{number}", IMAGE)
        assert done.returncode == 0, done.stderr
        assert (git(checkout, "ls-remote", "origin", "refs/tags/v1") != before) is moves, number
    assert git(checkout, "rev-parse", "v2") == git(checkout, "rev-parse", "v2.0.0^{commit}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "1.2.3"), "Write it as v1.2.3"),
        (("check", "v1.2"), "Write it as v1.2.3"),
        (("check", "v1.2.4"), "deployer/__init__.py has version 1.2.3"),
        (("notes", "v9.9.9"), "CHANGELOG.md has no text under"),
        (("publish", "v1.2.3", "registry.example/somebody/flowship:latest"), "by its digest"),
        (("publish", "v1.2.3"), "check VERSION"),
        ((), "check VERSION"),
    ],
)
def test_what_is_refused(checkout: Path, words: tuple[str, ...], said: str) -> None:
    before = git(checkout, "ls-remote", "origin")
    done = release(checkout, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert git(checkout, "ls-remote", "origin") == before


def test_a_version_never_changes(checkout: Path) -> None:
    assert release(checkout, "publish", "v1.2.3", IMAGE).returncode == 0
    git(checkout, "checkout", "--quiet", "main")
    done = release(checkout, "check", "v1.2.3")
    assert done.returncode == 2
    assert "already exists" in done.stderr


def test_run_again_after_the_push_it_goes_on_with_the_same_image_and_no_other(checkout: Path, tmp_path: Path) -> None:
    assert release(checkout, "publish", "v1.2.3", IMAGE).returncode == 0
    before = git(checkout, "ls-remote", "origin")
    git(tmp_path, "clone", "--quiet", "--no-tags", str(tmp_path / "origin.git"), "again")
    again = release(tmp_path / "again", "publish", "v1.2.3", IMAGE)
    assert (again.returncode, "already exists, and runs" in again.stdout) == (0, True), again.stderr
    assert release(tmp_path / "again", "publish", "v1.2.3", IMAGE.replace("a1", "b2")).returncode == 2
    assert git(checkout, "ls-remote", "origin") == before


def test_the_notes_are_the_versions_own(checkout: Path) -> None:
    assert release(checkout, "notes", "v1.2.3").stdout == "### Added\n\n- This, for 1.2.3.\n"
