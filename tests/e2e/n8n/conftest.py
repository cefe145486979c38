"""The image with the package of examples/platforms/n8n in it, as docs/platforms.md builds one; a real n8n; and a repository on GitHub's stand-in."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import n8n_gate
import n8n_server
import pytest
import yaml
from act_runner import Ran, Repository, looking_at
from github_stand_in import GitHub, running
from n8n_calls import WORKFLOWS, rows

from deployer.model.secret import forms

if TYPE_CHECKING:
    from container_engine import Engine
    from n8n_gate import Gate
    from n8n_server import Server

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "examples/platforms/n8n"
PAGE = (ROOT / "docs/platforms.md").read_text("utf-8").partition("## Put it into the container\n")[2].partition("\n## ")[0]
PAGE_IMAGE, PAGE_PACKAGE = "ghcr.io/<OWNER>/flowship:1.0.0", "./flowship-toy"
IMAGE = "flowship-n8n-e2e:latest"
TOKEN = "stand-in-token"


def block(language: str) -> str:
    """The page's one block of that language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.fixture(scope="session")
def n8n_image(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Built by the page's command and the page's Dockerfile, from the image and the package of this checkout."""
    folder = tmp_path_factory.mktemp("n8n-image")
    command, dockerfile = block("sh"), block("dockerfile")
    assert (command.count(PAGE_PACKAGE), dockerfile.count(PAGE_IMAGE)) == (1, 1)
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    subprocess.run(["sh", "-euc", command.replace(PAGE_PACKAGE, str(PACKAGE))], cwd=folder, env={**os.environ, "PATH": path}, check=True)
    (folder / "Dockerfile").write_text(dockerfile.replace(PAGE_IMAGE, image))
    engine("build", "--tag", IMAGE, str(folder))
    return IMAGE


@pytest.fixture(scope="session")
def real_n8n(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with n8n_server.running(Path(os.environ[n8n_server.CACHE_VARIABLE]), tmp_path_factory.mktemp("n8n")) as server:
        yield server


@pytest.fixture
def n8n(real_n8n: Server) -> Server:
    """Without workflows."""
    for row in rows(real_n8n):
        real_n8n.call("DELETE", f"{WORKFLOWS}/{row['id']}")
    return real_n8n


@pytest.fixture
def gate(n8n: Server) -> Iterator[Gate]:
    with n8n_gate.before(n8n.url) as made:
        yield made


class Shipped:
    """A repository of n8n workflows, here and on GitHub, whose runs are containers that act starts: what one leaves on GitHub and on n8n is all
    that the next knows."""

    def __init__(self, repository: Repository, hub: GitHub, gate: Gate, n8n: Server) -> None:
        self.repository, self.hub, self.gate, self.n8n = repository, hub, gate, n8n
        self._runs = itertools.count(1)  # their ids, which `Repository` gives
        repository.git("init", "--quiet")
        repository.git("remote", "add", "origin", "https://github.com/acme/flows.git")

    def commit(self, files: Mapping[str, str], *, branch: str | None = "main") -> str:
        for path, text in files.items():
            self.repository.write(path, text)
        sha = self.hub.commit(self.repository.commit("A change"), branch=branch)
        listed = self.repository.git("ls-files").splitlines()
        self.hub.files[sha] = {path: (self.repository.root / path).read_bytes() for path in listed}
        return sha

    def push(self, keys: str, ref: str = "refs/heads/main", **inputs: str) -> Ran:
        event = {"ref": ref, "head_commit": {"message": "A change"}, "repository": {"default_branch": "main", "full_name": "acme/flows"}}
        return self._run("push", event, keys, inputs)

    def tag(self, name: str, keys: str, **inputs: str) -> Ran:
        """The newest commit of main gets that tag."""
        self.hub.tags[name] = self.hub.branches["main"]
        return self.push(keys, f"refs/tags/{name}", **inputs)

    def pull_request(self, number: int, action: str, keys: str) -> Ran:
        pull = self.hub.pulls[number]
        head = {"sha": pull["head"], "ref": "change", "repo": {"full_name": "acme/flows"}}
        of_event = {"number": number, "title": "A change", "head": head, "base": {"sha": pull["base"], "ref": "main"}, "user": {"login": "kim"}}
        event = {"action": action, "number": number, "pull_request": of_event, "repository": {"default_branch": "main", "full_name": "acme/flows"}}
        return self._run("pull_request", event, keys, {"mode": "auto"})

    def _run(self, name: str, event: Mapping[str, Any], keys: str, inputs: Mapping[str, str]) -> Ran:
        """The page's step, with the addresses of these tests and `inputs`. Keys and token are secrets, as it has them."""
        (step,) = yaml.safe_load(block("yaml"))
        addresses = {"base-urls": f"n8n={self.gate.url}", "github-api-url": self.hub.url, "report": "seen/report.json"}
        given = {**step["with"], **addresses, **{each.replace("_", "-"): value for each, value in inputs.items()}}
        shipped = {"id": "ship", "uses": f"docker://{IMAGE}", "with": given}
        jobs = {"ship": {"runs-on": "ubuntu-latest", "steps": [shipped, looking_at("ship")]}}
        done = self.repository.run(name, event, json.dumps({"on": name, "jobs": jobs}), {"FLOWSHIP_KEYS": keys, "GITHUB_TOKEN": TOKEN})
        self.hub.runs[f"{next(self._runs)}.1"] = "completed"  # as GitHub knows of a run whose container was killed, too
        ran = self.repository.read_run(done)
        assert [where for where, text in ran.everything.items() for form in forms(self.n8n.key) if form in text] == []
        return ran

    def kill(self, at: int, when: str) -> list[str]:
        """SIGKILL to the run's container at that write on n8n, counted from 1: before it is passed on, or after n8n has answered and before the
        answer comes through. Returns the list that gets the container's id then."""
        engine, killed = self.repository.engine, list[str]()
        image = engine("image", "inspect", "--format", "{{.Id}}", IMAGE).stdout.strip()

        def disturb() -> bool:
            containers = engine("ps", "--quiet", "--filter", f"ancestor={image}").stdout.split()
            engine("kill", "--signal", "KILL", *containers)
            killed.extend(containers)
            return False

        self.gate.at, self.gate.disturb = (len(self.gate.writes) + at, when), disturb
        return killed


@pytest.fixture
def shipped(engine: Engine, n8n_image: str, n8n: Server, gate: Gate, tmp_path: Path) -> Iterator[Shipped]:
    root = tmp_path / "flows"
    root.mkdir()
    with running(GitHub()) as hub:
        yield Shipped(Repository(root, engine), hub, gate, n8n)


@pytest.fixture
def says(n8n: Server) -> Callable[[str], object]:
    """What the live version's webhook at a path says; an HTTP status where none is live."""

    def ask(path: str) -> object:
        status, body = n8n.call("POST", f"/webhook/{path}", {"to": "Kim"})
        return body["says"] if status == 200 else status

    return ask
