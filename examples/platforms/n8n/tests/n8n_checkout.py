"""A repository with an n8n workflow, and the real command line in it, with this package installed as an installer leaves it."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from n8n_files import workflow

DISTRIBUTION = Path(__file__).parents[1]
MANIFEST = """\
version: 1
environments: [production]
workflows:
  greet: {source: n8n/greet.json, platform: n8n, key: N8N}
"""


class Done(NamedTuple):
    """Exit code, both outputs, and the report, {} where none was written."""

    code: int
    out: str
    report: dict[str, Any]

    @property
    def change(self) -> dict[str, Any]:
        (only,) = self.report["changes"]
        return dict(only)


class Checkout:
    """The repository, whose workflow is `n8n/greet.json`."""

    def __init__(self, root: Path, url: str, key: str) -> None:
        self.root = root
        packages = (str(install(root.parent / "packages")), str(DISTRIBUTION), os.environ.get("PYTHONPATH", ""))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": os.pathsep.join(filter(None, packages)),
            "FLOWSHIP_KEY_N8N": key, "FLOWSHIP_BASE_URLS": f"n8n={url}", "FLOWSHIP_REPORT": ".flowship/report.json",
        }  # fmt: skip
        self.write("flowship.yml", MANIFEST)
        self.write(".gitignore", ".flowship/\n")
        self.git("init", "-q", "-b", "main")
        self.commit(workflow())

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self, definition: dict[str, Any]) -> str:
        """A commit with that workflow; returns its hash."""
        self.write("n8n/greet.json", json.dumps(definition, indent=2))
        self.git("add", "-A")
        self.git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "A workflow")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "deployer", *arguments]
        return subprocess.Popen(
            command, cwd=self.root, env=self.environment | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )  # fmt: skip

    def run(self, *arguments: str, **environment: str) -> Done:
        report = self.root / ".flowship" / "report.json"
        report.unlink(missing_ok=True)
        process = self.start(*arguments, **environment)
        out, _ = process.communicate()
        return Done(process.returncode, out, json.loads(report.read_text()) if report.exists() else {})

    def run_action(self, github: str, event: dict[str, Any]) -> Done:
        """The same as the action, for that event of a pull request, with the key of previews alone."""
        self.write(".git/event.json", json.dumps({**event, "repository": {"default_branch": "main"}}))
        runner = {
            "ACTIONS": "true", "EVENT_NAME": "pull_request", "EVENT_PATH": str(self.root / ".git/event.json"), "REF": "refs/pull/7/merge",
            "REPOSITORY": "acme/flows", "RUN_ID": "1", "RUN_ATTEMPT": "1", "SHA": self.git("rev-parse", "HEAD"), "WORKSPACE": str(self.root),
        }  # fmt: skip
        inputs = {
            "MODE": "auto", "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": github, "BASE-URLS": self.environment["FLOWSHIP_BASE_URLS"],
            "KEYS": f"N8N_PREVIEW={self.environment['FLOWSHIP_KEY_N8N']}",
        }  # fmt: skip
        given = {f"GITHUB_{name}": value for name, value in runner.items()} | {f"INPUT_{name}": value for name, value in inputs.items()}
        return self.run(FLOWSHIP_KEY_N8N="", FLOWSHIP_BASE_URLS="", **given)

    def release(self, **environment: str) -> Done:
        return self.run("deploy", "--release", "always", **environment)


def install(folder: Path) -> Path:
    """Writes the package's entry points, as its pyproject.toml names them, into the folder, and returns that: for PYTHONPATH, besides its modules."""
    project = tomllib.loads((DISTRIBUTION / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = ("".join(f"{name} = {value}\n" for name, value in points.items()) for points in project["entry-points"].values())
    (info / "entry_points.txt").write_text("\n".join(f"[{group}]\n{points}" for group, points in zip(project["entry-points"], groups)))
    return folder
