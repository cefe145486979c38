"""A run's surroundings in memory: no platform, no GitHub, no files."""

from contextlib import AbstractContextManager, nullcontext

from deployer.config import reader
from deployer.github.event import GithubEvent
from deployer.http.clock import Clock
from deployer.model.console import Advance, Level
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.pipeline.context import RunContext
from deployer.pipeline.local_git import Commit
from deployer.pipeline.services import Services
from deployer.state.base import StateStore
from deployer.state.memory import MemoryStateStore


class QuietConsole:
    """Keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def group(self, title: str) -> AbstractContextManager[None]:
        return nullcontext()

    def line(self, text: str, level: Level = "info") -> None:
        self.lines.append(text)

    def activity(self, title: str) -> AbstractContextManager[None]:
        return nullcontext()

    def progress(self, total: int, /) -> AbstractContextManager[Advance]:
        return nullcontext(lambda _label: None)


class NoDeployments:
    def begin(self, environment: str, *, preview: bool = False) -> None:
        return None

    def finish(self, report: Report) -> tuple[str, ...]:
        return ()


def run_context(
    *,
    run: str = "9.1",
    seconds: float = 600.0,
    event: GithubEvent | None = None,
    state: StateStore | None = None,
    **options: str,
) -> RunContext:
    """`options` are inputs, `_` for `-`; an empty one is left out."""
    store = state or MemoryStateStore()
    settings = reader.read({name.replace("_", "-"): value for name, value in options.items() if value}, {})
    services = Services(lambda: None, lambda: store, NoDeployments())
    commit, redactor = Commit("c0ffee1", "subject"), Redactor(settings.secrets)
    return RunContext(settings, "/nowhere", Clock(seconds), QuietConsole(), event or GithubEvent(), redactor, run, commit, services)
