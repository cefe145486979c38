"""Platforms that are a dictionary: targets that write nothing, for tests of what decides and applies."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from deployer.config.reader import read
from deployer.github.event import GithubEvent
from deployer.http.clock import Clock
from deployer.http.quota import QuotaStatus
from deployer.model.change import Change
from deployer.model.console import Advance
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.report import Report, Requests
from deployer.model.secret import Redactor, Secret
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.local_git import Commit
from deployer.pipeline.services import Services
from deployer.platforms.write_context import WriteContext
from deployer.state.memory import MemoryStateStore

HOST = "https://platform.example"
POLICY = Policy(environment="production", commit="c1", release=True)
Reply = Observed | Exception


def flow(name: str, text: str = "", key: str = "") -> Workflow:
    """A workflow whose key is its target, which takes drafts."""
    return Workflow(name, Source(f"{name}.flow", "gptbots", "workflow", b"", {"name": text or name}), key or name.upper())


def yaml(name: str, text: str = "", id_: str = "") -> Workflow:
    """A workflow on a platform whose one key leads to all of them."""
    return Workflow(name, Source(f"{name}.yaml", "meingpt", "workflow", b"", {"name": text or name, "steps": []}), "MEINGPT", id=id_)


class FakeTarget:
    """Notes what is applied to it, after `before_send`; what `writes` has by its name is called, or raised."""

    def __init__(self, connections: "FakeConnections", workflow: Workflow, before_send: Callable[[], None] | None) -> None:
        self._connections, self._workflow, self._before_send = connections, workflow, before_send

    def observe(self, *_: object) -> Observed:
        reply = self._connections.shown[self._workflow.name]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def apply(self, change: Change, _attempt: object, _context: WriteContext, progress: Any) -> None:
        if self._before_send:
            self._before_send()
        effect = self._connections.writes.get(change.workflow.name)
        if isinstance(effect, Exception):
            raise effect
        self._connections.applied.append(change.workflow.name)
        progress.version, progress.live, progress.written = "7", change.release, True
        if effect:
            effect(progress)


class FakeConnections:
    """`shown`: what is observed, by name. `writes`: what a write does besides. `outlooks`: requests left, by name. `keyless`: names without a key."""

    def __init__(self, **shown: Reply) -> None:
        self.shown: dict[str, Reply] = shown
        self.writes: dict[str, Exception | Callable[[Any], None]] = {}
        self.outlooks: dict[str, QuotaStatus] = {}
        self.keyless: set[str] = set()
        self.applied: list[str] = []
        self.clock = Clock(600)

    def key_of(self, workflow: Workflow) -> Secret | None:
        return None if workflow.name in self.keyless else Secret(f"value-of-{workflow.key}")

    def host(self, _workflow: Workflow) -> str:
        return HOST

    def payer(self, workflow: Workflow) -> tuple[str, str]:
        return HOST, workflow.key

    def outlook(self, workflow: Workflow) -> QuotaStatus | None:
        return self.outlooks.get(workflow.name)

    def target(self, workflow: Workflow, before_send: Callable[[], None] | None = None) -> Any:
        return FakeTarget(self, workflow, before_send)

    def requests(self) -> dict[str, Requests]:
        return {}

    def connect(self, _workflows: tuple[Workflow, ...]) -> None:
        """Needs nothing."""


def write_context(connections: FakeConnections, state: Any = None, **other: Any) -> WriteContext:
    """Run `r1`'s writing in `production`."""
    values: dict[str, Any] = {
        "policy": POLICY,
        "run": "r1",
        "message": "",
        "redact": lambda text: text.replace("secret", "***"),
        "save": _kept,
        **other,
    }
    return WriteContext(connections=cast("Any", connections), state=state or MemoryStateStore(), clock=connections.clock, **values)


def _kept(_change: Change, _body: Mapping[str, Any]) -> str:
    return "kept.json"


class FakeConsole:
    """Keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str, _level: str = "info") -> None:
        self.lines.append(text)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self.lines.append(title)
        yield

    @contextmanager
    def progress(self, _total: int, /) -> Iterator[Advance]:
        yield lambda label: self.lines.append(label())


class FakeDeployment:
    """Notes the environments that were shown as being deployed to."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def begin(self, environment: str, *, preview: bool = False) -> None:
        self.begun.append(f"preview of {environment}" if preview else environment)

    def finish(self, _report: Report) -> tuple[str, ...]:
        return ()


def run_context(
    root: object, state: Any = None, *, options: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None, **other: Any
) -> RunContext:
    """Run `r1` of commit `c1`, without GitHub; `options` as on the command line."""
    store, deployment = state or MemoryStateStore(), FakeDeployment()
    values: dict[str, Any] = {
        "settings": read(options or {}, environ or {}), "root": str(root), "clock": Clock(600), "console": FakeConsole(), "event": GithubEvent(),
        "redactor": Redactor(()), "run": "r1", "commit": Commit("c1", "Subject"), "services": Services(lambda: None, lambda: store, deployment),
    }  # fmt: skip
    return RunContext(**{**values, **other})
