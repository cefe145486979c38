"""What the pages tell people to type, typed: the first hour, the Python examples, the picture."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox

ROOT = Path(__file__).parents[2]
FIRST_HOUR = (ROOT / "docs" / "first-hour.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?P<language>sh|text)(?: terminal=(?P<terminal>\w+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OWN_KEYS = {
    "FLOWSHIP_KEY_TRIAGE": "sandbox-workflow-mine",
    "FLOWSHIP_KEY_MEINGPT": "sandbox-mine",
    "FLOWSHIP_KEY_TRIAGE_STAGING": "sandbox-workflow-mine-staging",
    "FLOWSHIP_KEY_MEINGPT_STAGING": "sandbox-mine-staging",
}
NOWHERE = "http://127.0.0.1:9"  # whatever is forgotten goes here, and not to a real host


class Terminal:
    """A shell that stays open, like a person's: each block is typed into it. A command that fails ends it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._type("set -eo pipefail\n")

    def run(self, text: str) -> str:
        """What the block printed. `read -rs NAME` is given that key, as a person pastes it."""
        typed = re.sub(r"^(read -rs (\w+))$", lambda found: f"{found[1]}\n{OWN_KEYS[found[2]]}", text, flags=re.MULTILINE)
        self._type(f"{typed}\necho @@done\n")
        return "".join(iter(self._line, "@@done\n"))

    def close(self) -> None:
        assert self._shell.stdin
        assert self._shell.stdout
        with suppress(BrokenPipeError):  # it ended by itself: a command failed
            self._shell.stdin.close()
        self._shell.wait(timeout=30)
        self._shell.stdout.close()

    def _type(self, text: str) -> None:
        assert self._shell.stdin
        self._shell.stdin.write(text)
        self._shell.stdin.flush()

    def _line(self) -> str:
        assert self._shell.stdout
        line = self._shell.stdout.readline()
        if not line:
            pytest.fail(f"a command of the page failed: bash ended with {self._shell.wait(timeout=30)}")
        print(line, end="")  # shown when the test fails
        return line


class Hour(NamedTuple):
    """Where the first hour is spent, and how what the page cannot know is replaced."""

    root: Path
    environment: dict[str, str]
    replaced: dict[str, str]

    def spoken(self, text: str) -> str:
        for before, after in self.replaced.items():
            text = text.replace(before, after)
        return text


@pytest.fixture
def hour(tmp_path: Path) -> Hour:
    """A machine with git and Python, and no network: the repository is copied where the page clones it, and packages are those that are here.

    The environment that `python3 -m venv` makes borrows our pip: to install another takes longer than all the rest.
    """
    pytest.importorskip("hatchling")
    checkout, tools, remote = tmp_path / "github" / "flowship", tmp_path / "tools", tmp_path / "github" / "my-workflows.git"
    for name in ("deployer", "examples"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__", ".flowship"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, checkout)
    tools.mkdir()
    _script(tools / "python3", f'test "$1 $2" = "-m venv"; {sys.executable} -m venv --without-pip "$3"; cp {tools}/pip "$3/bin/"')
    _script(tools / "pip", f'exec {sys.executable} -m pip --python "$(dirname "$0")/python" "$@"')
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    packages = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": packages, "LANG": "C.UTF-8"}
    environment |= {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "1"}
    environment |= {"HTTPS_PROXY": NOWHERE, "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.com"}
    replaced = {
        'git clone "https://github.com/<OWNER>/flowship"': f"cp -R {checkout} flowship",
        "git@github.com:YOUR-NAME/my-workflows.git": str(remote),
    }
    (tmp_path / "work").mkdir()
    return Hour(tmp_path / "work", environment, replaced)


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals that are closed with the test, however it ends."""
    opened: list[Terminal] = []

    def opening(folder: Path, environment: dict[str, str]) -> Terminal:
        opened.append(Terminal(folder, environment))
        return opened[-1]

    yield opening
    for terminal in opened:
        terminal.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Runs a terminal's block that ends in `flowship sandbox`, on a free port; gives its address."""
    processes: list[subprocess.Popen[str]] = []

    def start(text: str, folder: Path, environment: dict[str, str]) -> str:
        assert text.endswith("flowship sandbox\n")
        command = text.removesuffix("flowship sandbox\n") + "exec flowship sandbox --port 0\n"
        processes.append(subprocess.Popen(["bash", "-ec", command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True))
        out: IO[str] | None = processes[-1].stdout
        assert out
        return out.readline().strip()

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=30)
        assert process.stdout
        process.stdout.close()


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\nset -e\n{text}\n", "utf-8")
    path.chmod(0o755)


def test_the_first_hour(hour: Hour, open_terminal: Callable[..., Terminal], serve: Callable[..., str]) -> None:
    """Every command, in order, in the terminals of the page; what each prints is what the page shows."""
    terminals = {"": open_terminal(hour.root, hour.environment)}
    replaced, printed, url, shown = dict(hour.replaced), "", "", 0
    for found in BLOCK.finditer(FIRST_HOUR):
        name = found["terminal"] or ""
        if found["language"] == "text":
            _printed_as_shown(printed, found["text"])
            shown += 1
        elif name == "second":
            url = serve(found["text"], hour.root / "my-workflows", hour.environment)
            replaced["http://127.0.0.1:8787"] = url
        else:
            if name not in terminals:
                addresses = {"FLOWSHIP_GPTBOTS_BASE_URL": url, "FLOWSHIP_MEINGPT_BASE_URL": url}
                terminals[name] = open_terminal(hour.root, hour.environment | addresses)
            printed = terminals[name].run(hour._replace(replaced=replaced).spoken(found["text"]))
    assert shown >= 4
    assert len(re.findall(r"^### \d+\. ", FIRST_HOUR, re.MULTILINE)) == 10
    assert "FAIL" not in printed
    _as_the_text_says_of_github(hour, url)


def _printed_as_shown(printed: str, shown: str) -> None:
    """Each line of the page stands in the output, in that order; `…` is anything."""
    rest = printed
    for line in shown.splitlines():
        pattern = re.compile("^" + ".*".join(map(re.escape, line.split("…"))) + "$", re.MULTILINE)
        found = pattern.search(rest)
        assert found, f"{line!r} is not in what was printed:\n{printed}"
        rest = rest[found.end() :]


def _as_the_text_says_of_github(hour: Hour, url: str) -> None:
    """Steps 9 and 10, from the repository that was pushed: a push goes live in staging, the tag in production, then ids are wanted."""
    remote = hour.replaced["git@github.com:YOUR-NAME/my-workflows.git"]
    assert subprocess.run(["git", "-C", remote, "tag"], capture_output=True, text=True, check=True).stdout == "v1.0.0\n"
    places = {}
    for number, ref in enumerate(("refs/heads/main", "refs/tags/v1.0.0", "refs/tags/v1.0.0"), 1):
        job = hour.root / f"job-{number}"  # a job's own workspace: nothing is left of the one before
        subprocess.run(["git", "clone", "-q", "-b", ref.rpartition("/")[2], remote, str(job)], capture_output=True, check=True)
        assert not (job / ".flowship").exists()
        places[number] = _step(job, ref, url, "staging" if ref.endswith("main") else "production")
    assert [(place["ok"], place["released"], place["held"]) for place in places.values()] == [
        ("true", "3", "0"),
        ("true", "3", "0"),
        ("false", "0", "0"),
    ]
    again = json.loads(places[3]["results"])
    assert {name: (each["error"] or {}).get("code") for name, each in again.items()} == {
        "onboarding": "NAME_TAKEN",
        "triage": None,
        "weekly-digest": "NAME_TAKEN",
    }
    made = json.loads(places[2]["results"])
    assert made["onboarding"]["target"] in again["onboarding"]["error"]["fix"], "that message names the id"
    manifest = hour.root / "job-3" / "flowship.yml"
    ids = [f"  {name}: {{id: {made[name]['target']}}}\n" for name in ("onboarding", "weekly-digest")]
    manifest.write_text("".join((manifest.read_text(), *ids)))
    assert _step(hour.root / "job-3", "refs/tags/v1.0.0", url, "production")["ok"] == "true"


def _step(job: Path, ref: str, url: str, environment: str) -> dict[str, str]:
    """The step of the workflow, as the action's container runs it. Its outputs."""
    event, output = job / "event.json", job / "output"
    event.write_text(json.dumps({"ref": ref, "repository": {"default_branch": "main"}}))
    output.write_text("")
    keys = "\n".join(f"{name.removeprefix('FLOWSHIP_KEY_')}={value}" for name, value in OWN_KEYS.items())
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event), "GITHUB_REF": ref, "GITHUB_SHA": "c" * 40}
    runner |= {
        "GITHUB_WORKSPACE": str(job),
        "GITHUB_OUTPUT": str(output),
        "INPUT_MODE": "auto",
        "INPUT_ENVIRONMENT": environment,
        "INPUT_KEYS": keys,
        "HTTPS_PROXY": NOWHERE,
    }
    runner |= {"INPUT_ENVIRONMENT": environment}
    runner |= {"INPUT_GPTBOTS-BASE-URL": url, "INPUT_MEINGPT-BASE-URL": url, "PATH": os.environ["PATH"], "HOME": str(job)}
    subprocess.run([sys.executable, "-I", str(ROOT / "entrypoint.py")], cwd=job, env=runner, capture_output=True, timeout=60, check=False)
    found = re.finditer(r"^([a-z-]+)<<(\S+)\n(.*?)\n\2$", output.read_text(), re.MULTILINE | re.DOTALL)
    return {each[1]: each[3] for each in found}


def test_the_python_examples(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MEINGPT_BASE_URL", sandbox.url)
    monkeypatch.setenv("MEINGPT_API_KEY", "sandbox-acme")
    examples = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "meingpt.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, "docs/meingpt.md", "exec"), {})
    assert capsys.readouterr().out in ("running\n", "completed\n")
    assert [request["method"] for request in sandbox.requests()] == ["POST", "POST", "GET", "DELETE"]


def test_the_picture_shows_what_the_demo_prints() -> None:
    tool: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "picture.py"))
    lines = tool["shortened"](tool["demo"]())
    assert sum(line.startswith("━━") for line in lines) == len(tool["SHOWN"])
    assert tool["same"]((ROOT / "docs" / "demo.svg").read_text("utf-8"), tool["draw"](lines)), "run `make docs`"
