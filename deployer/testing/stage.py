"""A repository with the subject's files, GitHub, and the program run on them against the subject's server."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from deployer.cli.main import main
from deployer.platforms.platform import AddedPlatform, Platform
from deployer.platforms.registry import platform_named
from deployer.testing.github_stand_in import GitHub
from deployer.testing.proxy import FaultProxy
from deployer.testing.quick_clock import QuickClock
from deployer.testing.subject import Definition, Held, Server, Subject

PULL_REQUEST = 7
WAIT_S = 60  # for a run in a process of its own
WRITTEN = ("report.json", "outputs", "summary.md")
OUTPUT = re.compile(r"^([\w-]+)<<(\S+)\n(.*?)\n?\2$", re.DOTALL | re.MULTILINE)  # as the runner reads them
AUTHOR = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class RunOrder(NamedTuple):
    """A run: arguments of the command line, and variables besides."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = {}


class Ran(NamedTuple):
    """What a run came to: exit code, negative by a signal; what it printed; its report, {} without one; as the action, outputs and job summary."""

    code: int
    out: str
    report: dict[str, Any]
    outputs: Mapping[str, str] = {}
    summary: str = ""

    @property
    def changes(self) -> list[dict[str, Any]]:
        return list(self.report.get("changes", ()))

    @property
    def is_done(self) -> bool:
        """Whether it says that all is as asked, and that nothing waits for a later run."""
        return self.code == 0 and all(change["outcome"] != "held" for change in self.changes)


class Stage:
    """One repository, one server."""

    def __init__(self, subject: Subject, server: Server, proxy: FaultProxy, hub: GitHub, root: Path) -> None:
        self.subject, self.server, self.proxy, self.hub, self.root = subject, server, proxy, hub, root
        self.platform: Platform = platform_named(subject.platform)
        self.expected = ""  # the text that evals expect
        self.texts: dict[int, str] = {}  # of the last commit, by the definition's number
        root.mkdir(parents=True)
        self._git("init", "-q", "-b", "main")

    # Files

    def commit(self, text: str, count: int = 1, first: int = 0) -> str:
        """A commit in which `count` workflows say that text, with their numbers; returns its hash."""
        chosen = self.subject.definitions[first : first + count]
        for definition in self.subject.definitions:
            (self.root / definition.path).unlink(missing_ok=True)
        self.texts = {self.subject.definitions.index(each) + 1: self.text(text, each) for each in chosen}
        for definition in chosen:
            self.write(definition.path, definition.saying(self.text(text, definition)))
        if self.expected and self.subject.evals:
            expect = json.dumps(self.subject.evals.expect).replace("@TEXT@", self.text(self.expected, chosen[0]))
            case = json.dumps({"name": "answers", "input": self.subject.evals.input, "expect": json.loads(expect)})
            self.write("evals.yml", f"version: 1\ncases: [{case}]\n".encode())
        self.write("flowship.yml", self._manifest(chosen).encode())
        return self._committed()

    def text(self, text: str, definition: Definition) -> str:
        return f"{text}-{self.subject.definitions.index(definition) + 1}"

    def name(self, definition: Definition) -> str:
        """The workflow's, in the manifest."""
        return Path(definition.path).stem

    def write(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def _manifest(self, definitions: Sequence[Definition]) -> str:
        entries = {}
        for definition in definitions:
            number = self.subject.definitions.index(definition)
            entry: dict[str, Any] = {"source": definition.path, "key": self._key_name(number)}
            if isinstance(self.platform, AddedPlatform):
                entry["platform"] = self.platform.name
            if self.server.preview_keys:
                names = list(self._preview_keys())
                entry["preview"] = {"keys": names} if self.platform.capabilities.key_is_target else {"key": names[0]}
            if self.expected:
                entry["evals"] = "evals.yml"
            entries[self.name(definition)] = entry
        return json.dumps({"version": 1, "environments": ["production"], "workflows": entries}, indent=1)

    def _key_name(self, number: int) -> str:
        name = self.platform.name.upper()
        return f"{name}_{number + 1}" if self.platform.capabilities.key_is_target else name

    def _keys(self) -> dict[str, str]:
        return {self._key_name(number): key for number, key in enumerate(self.server.keys)}

    def _preview_keys(self) -> dict[str, str]:
        return {f"{self.platform.name.upper()}_PREVIEW_{number + 1}": key for number, key in enumerate(self.server.preview_keys)}

    def _committed(self) -> str:
        self._git("add", "-A", "--", ".", ":!.flowship", ":!.runner")
        self._git("commit", "-q", "--allow-empty", "-m", "A change")
        sha = self._git("rev-parse", "HEAD")
        if sha not in self.hub.parents:
            self.hub.commit(sha)
            self.hub.files[sha] = {path: (self.root / path).read_bytes() for path in self._git("ls-files").splitlines()}
        return sha

    def _git(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **AUTHOR}
        done = subprocess.run(["git", *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=True)  # noqa: S607
        return done.stdout.strip()

    # Runs

    def command(self, *arguments: str) -> RunOrder:
        return RunOrder(arguments, {f"FLOWSHIP_KEY_{name}": value for name, value in self._keys().items()})

    def deploy(self, release: str = "always", *more: str) -> RunOrder:
        return self.command("deploy", "--release", release, "--concurrency", "1", *more)

    def pull_request(self, action: str, head: str, base: str) -> RunOrder:
        """The action, for that event of the pull request."""
        self.hub.pull(PULL_REQUEST, head, base, state="closed" if action == "closed" else "open")
        pull = {"number": PULL_REQUEST, "title": "A change", "head": {"sha": head, "repo": {"full_name": self.hub.repository}}, "base": {"sha": base}}
        event = {"action": action, "pull_request": pull | {"user": {"login": "kim"}, "labels": []}, "repository": {"default_branch": "main"}}
        self.write(".runner/event.json", json.dumps(event).encode())
        runner = {
            "ACTIONS": "true", "EVENT_NAME": "pull_request", "EVENT_PATH": str(self.root / ".runner/event.json"), "RUN_ID": "1", "RUN_ATTEMPT": "1",
            "REF": f"refs/pull/{PULL_REQUEST}/merge", "REPOSITORY": self.hub.repository, "SHA": head, "WORKSPACE": str(self.root),
            "OUTPUT": str(self.root / ".runner/outputs"), "STEP_SUMMARY": str(self.root / ".runner/summary.md"),
        }  # fmt: skip
        keys = "\n".join(f"{name}={value}" for name, value in self._preview_keys().items())
        inputs = {"MODE": "auto", "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": self.hub.url, "KEYS": keys, "STATE": "file"}
        given = {f"GITHUB_{name}": value for name, value in runner.items()} | {f"INPUT_{name}": value for name, value in inputs.items()}
        return RunOrder((), given)

    def run(self, request: RunOrder) -> Ran:
        """In this process, with waits that take a hundredth of their time."""
        out = io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, self._environment(request), clear=True))
            stack.enter_context(mock.patch("deployer.cli.dispatch.Clock", QuickClock))
            stack.enter_context(contextlib.chdir(self.root))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(out))
            code = main(list(request.arguments))
        return self._ran(code, out.getvalue())

    def start(self, request: RunOrder) -> "subprocess.Popen[str]":
        """In a process of its own."""
        environment = self._environment(request)
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))  # what is installed for the tests
        command = [sys.executable, "-m", "deployer", *request.arguments]
        process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.proxy.run_started(process.pid)
        return process

    def end(self, process: "subprocess.Popen[str]") -> Ran:
        """Waits for it."""
        try:
            out, _ = process.communicate(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise AssertionError(f"the run did not end within {WAIT_S} s:\n{out}") from None
        return self._ran(process.returncode, out)

    def succeed(self, request: RunOrder) -> None:
        ran = self.run(request)
        assert ran.code == 0, f"what comes before the promise did not succeed:\n{ran.out}"

    @property
    def key_name(self) -> str:
        """The name of the first key."""
        return self._key_name(0)

    def _environment(self, request: RunOrder) -> dict[str, str]:
        (self.root / ".runner").mkdir(exist_ok=True)
        for name in WRITTEN:
            (self.root / ".runner" / name).unlink(missing_ok=True)
        name = self.platform.name.upper()
        added = {"FLOWSHIP_BASE_URLS": f"{self.platform.name}={self.proxy.url}"}
        address = added if isinstance(self.platform, AddedPlatform) else {f"FLOWSHIP_{name}_BASE_URL": self.proxy.url}
        basics = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_GLOBAL": os.devnull, "FLOWSHIP_REPORT": ".runner/report.json"}
        return {**basics, **address, **self.subject.environment, **request.environment}

    def _ran(self, code: int, out: str) -> Ran:
        report, outputs, summary = (
            place.read_text("utf-8") if place.exists() else "" for place in (self.root / ".runner" / name for name in WRITTEN)
        )
        values = {name: value for name, _, value in OUTPUT.findall(outputs)}
        return Ran(code, out, json.loads(report or "{}"), values, summary)

    def held(self) -> list[Held]:
        """What the server has, sorted."""
        return sorted(Held(*held) for held in self.server.held())


Act = Callable[[Stage], RunOrder]
