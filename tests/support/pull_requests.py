"""Pull requests as events: a repository on GitHub (a stand-in), its pull requests, and the action run for what happens to them.

Each run has a fresh workspace: what is on the platforms and on GitHub is all that it knows.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from github_stand_in import GitHub

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = """\
version: 1
workflows:
  triage:
    source: flows/a.flow
    key: TRIAGE
    preview: {keys: [POOL_1, POOL_2]}
  onboarding:
    source: workflows/onboarding.yaml
    key: MEINGPT
    preview: {key: COPIES}
"""
DEPLOY = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
PREVIEW = {"POOL_1": "sandbox-workflow-pool-1", "POOL_2": "sandbox-workflow-pool-2", "COPIES": "sandbox-copies"}
BASE = "ba5e" + "0" * 36


def head(number: int, push: int = 1) -> str:
    """The commit of a pull request's n-th push."""
    return f"{number:04}{push:04}" + "a" * 32


class Events:
    """`repository` and `sandbox` are the fixtures. Change `manifest`, then `rebase`, for another base branch."""

    def __init__(self, repository: Any, sandbox: Any, hub: GitHub, manifest: str = MANIFEST) -> None:
        self.repository, self.sandbox, self.hub = repository, sandbox, hub
        self.manifest = manifest
        self.runs = iter(range(1, 1000))
        repository.use(sandbox.url)
        hub.commit(BASE)
        self.rebase()

    def rebase(self, **changed: Any) -> None:
        """What the base branch holds; see `files`."""
        self.hub.files[BASE] = self.files(**changed)

    def files(self, manifest: str = "", text: str = "hi", greeting: str = "Hello", more: str = "") -> dict[str, bytes]:
        """Every file of a commit."""
        self.repository.flow(text=text)
        flow = (self.repository.root / "flows/a.flow").read_bytes()
        self.repository.workflow(more=more)
        yaml = (self.repository.root / "workflows/onboarding.yaml").read_text().replace("Hello", greeting)
        return {"flowship.yml": (manifest or self.manifest).encode(), "flows/a.flow": flow, "workflows/onboarding.yaml": yaml.encode()}

    def push(self, number: int, push: int = 1, **changed: Any) -> str:
        """Commit to a pull request's branch, and open it if it is not there."""
        sha = self.hub.commit(head(number, push), self.hub.pulls.get(number, {}).get("head", BASE), branch=None)
        self.hub.files[sha] = self.files(**({"text": f"answer {number}.{push}", "greeting": f"Welcome {number}.{push}"} | changed))
        self.hub.pull(number, sha, BASE)
        return sha

    def run(self, number: int, action: str = "synchronize", push: int = 1, **more: Any) -> Any:
        """The action, for an event of a pull request, in its checkout. `more` are inputs, `keys` by name, and what `prepare` takes."""
        self.prepare(number, action, push, more)
        return self.repository.run(**self.environment(number, **more))

    def start(self, number: int, folder: Path, action: str = "synchronize", push: int = 1, **more: Any) -> "subprocess.Popen[str]":
        """The same in a process and a workspace of its own, so that several go on at once."""
        self.prepare(number, action, push, more)
        shutil.copytree(self.repository.root, folder)
        here = str(self.repository.root)
        environment = self.repository.environment | self.environment(number, **more)
        environment = {name: value.replace(here, str(folder)) for name, value in environment.items()} | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "deployer"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        (folder / "pid").write_text(str(process.pid))
        return process

    def prepare(self, number: int, action: str, push: int, more: dict[str, Any]) -> None:
        """The checkout and the event file. Takes `origin`, `author`, `base`, `labels` and `files` out of `more`."""
        pull = {
            "number": number,
            "title": f"Change {number}",
            "head": {"sha": head(number, push), "repo": {"full_name": more.pop("origin", "acme/flows")}},
            "base": {"sha": more.pop("base", BASE)},
            "user": {"login": more.pop("author", "kim")},
            "labels": [{"name": name} for name in more.pop("labels", self.hub.pulls.get(number, {}).get("labels", ()))],
        }
        self.check_out(more.pop("files", None) or self.hub.files[head(number, push)])
        self.repository.write(".runner/event.json", {"action": action, "pull_request": pull, "repository": {"default_branch": "main"}})

    def schedule(self, **more: Any) -> Any:
        """The action, as a schedule starts it: on the default branch."""
        self.check_out(self.hub.files[BASE])
        self.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
        return self.repository.run(**self.environment(0, **{"event": "schedule", "ref": "refs/heads/main", **more}))

    def check_out(self, files: dict[str, bytes]) -> None:
        for each in self.repository.root.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        self.lay_out(files)

    def lay_out(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            self.repository.write(path, content)

    def environment(self, number: int, keys: Any = None, event: str = "pull_request", ref: str = "", **inputs: str) -> dict[str, str]:
        given = PREVIEW if keys is None else keys
        inputs = {"mode": "auto", "github-token": "stand-in-token", "github-api-url": self.hub.url, **inputs}
        inputs["keys"] = "\n".join(f"{name}={value}" for name, value in given.items())
        runner = {
            "ACTIONS": "true",
            "EVENT_NAME": event,
            "EVENT_PATH": str(self.repository.root / ".runner/event.json"),
            "REF": ref or f"refs/pull/{number}/merge",
            "REPOSITORY": "acme/flows",
            "RUN_ID": str(next(self.runs)),
            "RUN_ATTEMPT": "1",
            "SHA": BASE,
            "WORKSPACE": str(self.repository.root),
            "OUTPUT": str(self.repository.root / ".runner/output"),
            "STEP_SUMMARY": str(self.repository.root / ".runner/summary"),
        }
        return {f"GITHUB_{name}": value for name, value in runner.items()} | {
            f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()
        }

    def copies(self) -> list[dict[str, Any]]:
        """What is in the organisation for previews."""
        return [
            each for organisation in self.sandbox.state()["meingpt"] if organisation["organisation"] == "copies" for each in organisation["workflows"]
        ]

    def pool(self, number: int) -> list[dict[str, Any]]:
        """The versions of one preview Workflow, newest first."""
        found = [target["versions"] for target in self.sandbox.state()["gptbots"] if target["name"] == f"pool-{number}"]
        return list(found[0]) if found else []

    def live(self, number: int) -> dict[str, Any]:
        return next(version for version in self.pool(number) if version["status"] == "PUBLISHED")

    def writes(self) -> list[str]:
        return [
            f"{request['method']} {request['path']}"
            for request in self.sandbox.requests()
            if request["method"] != "GET" and "/verify" not in request["path"]
        ]
