"""A team's first day: on a machine with git, Python and an installer, each command of docs/install.md, then `flowship init` and `flowship lint` in a
repository of twelve workflows; and what `init` wrote, run by a real runner: a pull request, its merge, and a tag.

The registries give the packages, and this machine the repository that is installed from. A job gets the keys of its environment, and a token
with the permissions that the workflow names for it.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from act_runner import RUNNER_IMAGE, with_local_action
from github_stand_in import GitHub, running
from install_page import ADDRESS, block

from deployer import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from act_runner import Repository
    from container_engine import Engine

    from tests.conftest import Sandbox

pytestmark = pytest.mark.timeout(240)  # seconds a test; the first one makes the machine and the action's image

LAPTOP = "flowship-e2e-laptop:latest"
PATH = "/tmp/home/venv/bin:/tmp/home/.local/bin:/opt/tools/bin:/usr/local/bin:/usr/bin:/bin"
ACTION = f"acme/flowship@{'0123456789' * 4}"
INSTALLS = {
    "uvx": f'flowship() {{ {block("uvx --from").removesuffix("--version")} "$@"; }}',
    "uv": block("uv tool install"),
    "pipx": block("pipx install"),
    "pip": f"python3 -m venv /tmp/home/venv; {block('pip install')}",
}
WRITTEN = (".gitignore", "flowship.yml", ".github/workflows/flowship.yml")
WORKFLOW = """\
name: Flow {number}
trigger: {{type: webhook}}
steps:
  - {{id: greet, type: ai_completion, config: {{model: gpt-4, prompt: Say hello to the team.}}}}
"""
FLOWS = {f"workflows/flow-{number}.yaml": WORKFLOW.format(number=number) for number in range(1, 13)}
NAMES = {f"Flow {number}" for number in range(1, 13)}
IN_STAGING = {f"{name} (staging)" for name in NAMES}
PREVIEW = {"Flow 3 (staging, preview #2)"}
SECRETS = {  # by environment, as Settings → Environments has them
    "staging": {"FLOWSHIP_KEYS": "MEINGPT_STAGING=sandbox-staging"},
    "production": {"FLOWSHIP_KEYS": "MEINGPT=sandbox-production"},
    "flowship-preview": {"FLOWSHIP_PREVIEW_KEYS": "MEINGPT_PREVIEW=sandbox-preview"},
}


@pytest.fixture(scope="module")
def laptop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with git, uv and pipx, and nothing of ours. The stand-in base's Python lacks the pip that a virtual environment is given."""
    pip = "apt-get install -y -qq --reinstall python3-pip-whl python3-setuptools-whl" if engine.stand_in else "true"
    folder = tmp_path_factory.mktemp("laptop")
    (folder / "Dockerfile").write_text(f"""\
FROM {RUNNER_IMAGE}
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates git && {pip}
RUN python3 -m venv /opt/tools && /opt/tools/bin/pip install -q uv=={version("uv")} pipx=={version("pipx")}
""")
    engine("build", "--tag", LAPTOP, str(folder))
    return LAPTOP


@pytest.fixture(scope="module")
def started(engine: Engine, laptop: str, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """By installer: the repository in which `flowship init` ran in a new container, and what `flowship lint` printed there."""

    @functools.cache
    def start(installer: str) -> tuple[Path, str]:
        folder = tmp_path_factory.mktemp(installer)
        for path, text in FLOWS.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        install = INSTALLS[installer].replace(f"git+{ADDRESS}", "git+file:///published")
        init = f"flowship init --environments staging,production --uses {ACTION}"
        script = f"git init -q -b main\n{{ {install}\nflowship --version\n{init}\n}} >&2\nflowship lint"
        options = [f"--user={os.getuid()}:{os.getgid()}", "--env=HOME=/tmp/home", f"--env=PATH={PATH}", "--network=host", "--workdir=/work"]
        done = engine("run", "--rm", *options, f"--volume={published}:/published:ro", f"--volume={folder}:/work", laptop, "sh", "-euc", script)
        assert f"flowship {__version__}" in done.stderr
        return folder, done.stdout

    return start


@pytest.mark.parametrize("installer", INSTALLS)
def test_installed_in_one_line_it_writes_what_every_linter_passes(installer: str, started: Callable[[str], tuple[Path, str]]) -> None:
    folder, printed = started(installer)
    assert printed == "13 files, no errors\n"
    assert all((folder / path).is_file() for path in WRITTEN)
    for linter in (["actionlint", "-shellcheck=", "-pyflakes="], ["zizmor", "--offline", "--no-progress", "--quiet", "--persona", "auditor"]):
        program = Path(sysconfig.get_path("scripts")) / linter[0]
        done = subprocess.run(
            [program, *linter[1:], folder / WRITTEN[2]],
            env={"PATH": os.environ["PATH"], "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip() in ("", "No findings to report. Good job!")


class Team:
    """A repository on GitHub and its clone, where the GitHub workflow that `init` wrote runs for each event."""

    def __init__(self, repository: Repository, hub: GitHub, sandbox: Sandbox) -> None:
        self.repository, self.hub, self.sandbox = repository, hub, sandbox
        repository.git("remote", "add", "origin", "https://github.com/acme/flows.git")
        shutil.move(repository.root / "flowship.yml", repository.root.parent)
        self.commit("As it was")
        shutil.move(repository.root.parent / "flowship.yml", repository.root)

    def commit(self, message: str, branch: str | None = "main") -> str:
        """Its hash, here and on GitHub; on main, or where `branch` is None on top of it."""
        tip = self.hub.branches.get("main")
        sha = self.hub.commit(self.repository.commit(message), *([tip] if tip else []), branch=branch)
        listed = self.repository.git("ls-files", "--", ":!.action").splitlines()
        self.hub.files[sha] = {path: (self.repository.root / path).read_bytes() for path in listed}
        return sha

    def merge(self, sha: str) -> str:
        """Main is fast-forwarded to it."""
        return self.hub.commit(sha, *self.hub.parents[sha])

    def run(self, name: str, event: dict[str, Any]) -> None:
        """The workflow runs for the event, and succeeds."""
        text = (self.repository.root / WRITTEN[2]).read_text("utf-8")
        inputs = {"meingpt-base-url": self.sandbox.url, "github-api-url": self.hub.url}
        workflow = with_local_action(text, ACTION, inputs)
        for job in workflow["jobs"].values():
            (step,) = job["steps"]
            # act has neither secrets for each environment nor a token with a job's permissions.
            step["with"]["keys"] = step["with"]["keys"].replace("secrets.", f"secrets.{_prefix(job['environment'])}")
            step["with"]["github-token"] = self.hub.token(f"token-{job['environment']}", **job["permissions"])
        secrets = {f"{_prefix(environment)}{name}": keys for environment, found in SECRETS.items() for name, keys in found.items()}
        event |= {"repository": {"default_branch": "main", "full_name": "acme/flows"}}
        done = self.repository.run(name, event, json.dumps(workflow), secrets)
        assert done.returncode == 0, done.stdout + done.stderr

    def push(self, ref: str) -> None:
        self.run("push", {"ref": ref, "head_commit": {"message": "Ship with Flowship"}})

    def open_pull_request(self, number: int, sha: str) -> None:
        base = self.hub.branches["main"]
        self.hub.pull(number, sha, base)
        head = {"sha": sha, "ref": "change", "repo": {"full_name": "acme/flows"}}
        pull = {"number": number, "title": "A change", "head": head, "base": {"sha": base, "ref": "main"}, "user": {"login": "kim"}}
        self.run("pull_request", {"action": "opened", "number": number, "pull_request": pull})

    def live(self, organisation: str) -> set[str]:
        """The names of the active workflows there."""
        found = [each for each in self.sandbox.state()["meingpt"] if each["organisation"] == organisation]
        return {workflow["name"] for each in found for workflow in each["workflows"] if workflow["status"] == "active"}


def _prefix(environment: str) -> str:
    return re.sub(r"\W", "_", environment).upper() + "_"


@pytest.fixture
def team(started: Callable[[str], tuple[Path, str]], repository: Repository, sandbox: Sandbox) -> Iterator[Team]:
    shutil.copytree(started("uv")[0], repository.root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    with running(GitHub()) as hub:
        yield Team(repository, hub, sandbox)


def test_pull_request_merge_and_tag_go_through_the_written_workflow(team: Team) -> None:
    """Judged on what the platform holds: each environment has an organisation of its own there."""
    proposed = team.commit("Ship with Flowship", branch=None)
    team.open_pull_request(1, proposed)
    assert (team.live("staging"), team.live("preview"), team.live("production")) == (set(), set(), set())
    assert "Only planned, nothing is previewed: the base branch has no flowship.yml." in team.hub.comments[1][0]["body"]

    merged = team.merge(proposed)
    team.push("refs/heads/main")
    assert (team.live("staging"), team.live("preview"), team.live("production")) == (IN_STAGING, set(), set())

    team.repository.write("workflows/flow-3.yaml", FLOWS["workflows/flow-3.yaml"].replace("the team", "everybody"))
    team.open_pull_request(2, team.commit("Greet everybody", branch=None))
    assert (team.live("staging"), team.live("preview"), team.live("production")) == (IN_STAGING, PREVIEW, set())

    team.repository.git("checkout", "--quiet", "--force", merged)
    team.hub.tags["v1.0.0"] = merged
    team.push("refs/tags/v1.0.0")
    assert (team.live("staging"), team.live("preview"), team.live("production")) == (IN_STAGING, PREVIEW, NAMES)
    assert set(team.hub.environments()) >= {"flowship/staging", "flowship/production"}
