"""What the container starts: isolated, and never without words and a code."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a copy of entrypoint.py beside a package `deployer` whose `script` exits with what this body returns, in a checkout that holds the
    same names."""
    home = tmp_path / "opt"
    (home / "deployer/cli").mkdir(parents=True)
    (home / "deployer/__init__.py").touch()
    shutil.copy(ENTRYPOINT, home)
    checkout = tmp_path / "checkout"
    (checkout / "deployer/cli").mkdir(parents=True)
    for name in ("deployer/__init__.py", "deployer/cli/__init__.py", "deployer/cli/main.py", "sitecustomize.py", "usercustomize.py", "json.py"):
        (checkout / name).write_text("print('HIJACKED')\n", encoding="utf-8")

    def start(body: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        main = f"import json, os, sys\ndef main(argv):\n    {body}\ndef script():\n    sys.exit(main(sys.argv[1:]))\n"
        (home / "deployer/cli/main.py").write_text(main, encoding="utf-8")
        command = [sys.executable, "-I", str(home / "entrypoint.py"), *arguments]
        environ = {"PYTHONPATH": str(checkout), "PYTHONSTARTUP": str(checkout / "json.py"), **variables}
        return subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, timeout=30, check=False)

    return start


def test_the_exit_code_is_mains(run: Run) -> None:
    done = run("return 4")
    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")


def test_nothing_in_the_checkout_or_in_pythonpath_is_imported(run: Run) -> None:
    done = run("print(json.__name__, os.getcwd() in sys.path, '' in sys.path); return 0")
    assert (done.returncode, done.stdout) == (0, "json False False\n")


def test_arguments_are_passed_on(run: Run) -> None:
    done = run("print(argv); return 0", "lint", "a.flow")
    assert done.stdout == "['lint', 'a.flow']\n"


def test_a_bug_is_named_without_its_text_and_exits_3(run: Run) -> None:
    done = run("raise ValueError(os.environ['INPUT_API-KEY'])", **{"INPUT_API-KEY": "app-very-secret"})
    assert done.returncode == 3
    assert done.stdout == (
        "::error title=A bug in Flowship::ValueError at deployer/cli/main.py:3. Please report it; run it again to see what was written before it.\n"
    )
    assert done.stderr == ""


def test_a_package_that_cannot_be_imported_is_a_bug_too(run: Run) -> None:
    done = run("return 0\nimport nowhere_to_be_found")
    assert done.returncode == 3
    assert "ModuleNotFoundError at deployer/cli/main.py:4" in done.stdout
