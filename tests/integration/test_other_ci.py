"""docs/other-ci.md, as it is written: what it installs is named by commit, hash or digest, and the commands run the program."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/other-ci.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(?:sh|yaml gitlab|groovy)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PIP = "pip install --require-hashes --no-deps -r "


def git(folder: Path, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    return subprocess.run(["git", *author, *words], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, str]:
    """A repository with the program, and a commit of it that is no longer the newest: there, nothing works any more."""
    folder = tmp_path / "published"
    shutil.copytree(ROOT / "deployer", folder / "deployer", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("entrypoint.py", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "1.0.0")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "entrypoint.py").write_text("raise SystemExit('pwned')\n", "utf-8")
    git(folder, "commit", "-q", "-a", "-m", "Later")
    return folder, commit


def test_shell_commands_run_the_commit_that_is_named(published: tuple[Path, str], tmp_path: Path) -> None:
    repository, commit = published
    packages = sysconfig.get_paths()["purelib"]
    replaced = {
        '"https://github.com/<OWNER>/flowship"': str(repository),
        "<COMMIT>": commit,
        "$TRIAGE_KEY_FROM_YOUR_SECRET_STORE": "sandbox-workflow-triage",
        "python3 -m venv": "python3 -m venv --without-pip",
        # In place of the network: what is installed here.
        f"~/flowship/venv/bin/{PIP}~/flowship/requirements.txt": f"echo {packages} >$(echo ~/flowship/venv/lib/python*/site-packages)/x.pth",
        "deploy --environment production --report report.json": "--version",
    }
    script = BLOCKS[0]
    for old, new in replaced.items():
        assert script.count(old) == 1, old
        script = script.replace(old, new)
    work = tmp_path / "work"
    work.mkdir()
    (work / "json.py").write_text("raise SystemExit('pwned')\n", "utf-8")  # a module of the checkout
    environment = {"PATH": f"{Path(sysconfig.get_paths()['scripts'])}:{os.environ['PATH']}", "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["sh", "-euc", script], cwd=work, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()[:1]) == (0, ["flowship"]), done.stderr


def test_every_example_names_what_it_installs_by_commit_hash_or_digest() -> None:
    assert len(BLOCKS) == 3
    for text in BLOCKS:
        assert "checkout --quiet --detach <COMMIT>" in text
        assert text.count("pip install") == text.count(PIP) == 1
        assert text.count("python -I ") == text.count("entrypoint.py") == 1
        assert "flowship@v" not in text
    images = re.findall(r"image:? '?(\S+?)'?[;\s]", "".join(BLOCKS))
    assert len(images) == 2
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image) for image in images)
