"""Deploys and previews as GitHub Deployments that people see, by the input `deployments`. A notice is the worst that comes of it.

One Deployment for a run: begun before its first write, told how it went when all is over. (What the ledger keeps there is another matter.)
"""

from typing import TYPE_CHECKING, Final, Protocol

from deployer.domain.report import Report
from deployer.domain.text import one_line
from deployer.errors import FlowshipError, PlatformError
from deployer.github.event import Event
from deployer.platforms.clock import Clock
from deployer.remote import Remote
from deployer.report import words
from deployer.settings import Settings
from deployer.source.history import Commit

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.shown import Shown

PERMISSION: Final = "It takes `deployments: write` in the job's permissions; `deployments: none` does without."


def environment_of(number: int) -> str:
    """What a pull request's preview is called on GitHub's pages."""
    return f"preview #{number}"


class Around(Protocol):
    """What is needed of `deployer.world.World`."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def event(self) -> Event: ...

    @property
    def commit(self) -> Commit: ...

    @property
    def github(self) -> Remote | None: ...

    @property
    def run_url(self) -> str: ...


class Showing:
    """Belongs to one run."""

    def __init__(self, world: Around) -> None:
        self._world = world
        self._shown: Shown | None = None
        self._notices: list[str] = []

    def begin(self, environment: str, *, preview: bool = False) -> None:
        """The first write is near. The second call of a run does nothing."""
        wanted = ("all", "previews") if preview else ("all",)
        api = self._api() if self._world.settings.deployments in wanted and not self._shown and self._world.commit.sha else None
        if api is None:
            return
        from deployer.github import shown

        commit, url = self._world.commit, self._world.run_url
        try:
            self._shown = shown.begin(api, environment, commit.sha, one_line(commit.subject), transient=preview, log_url=url)
        except PlatformError as error:
            self._failed(error)

    def finish(self, report: Report) -> tuple[str, ...]:
        """All is over: say how it went, and which previews are no more. Returns notices. `report` is redacted."""
        over = gone(report, self._world.event.pull_request)
        if self._world.settings.deployments == "none" or not (self._shown or over):
            return tuple(self._notices)
        try:
            self._tell(report, over)
        except PlatformError as error:
            self._failed(error)
        return tuple(dict.fromkeys(self._notices))

    def _tell(self, report: Report, over: frozenset[int]) -> None:
        api = self._api()
        if api is None:
            return
        from deployer.github import shown

        if self._shown:
            state: shown.State = "success" if report.ok else "failure"
            shown.tell(api, self._shown.id, state, words.headline(report), log_url=self._world.run_url)
            if self._shown.before:
                shown.tell(api, self._shown.before, "inactive")
        for number in sorted(over):
            shown.retire(api, environment_of(number))

    def _api(self) -> "Api | None":
        settings = self._world.settings
        if not settings.in_action or settings.sandbox or self._world.clock.stopped:
            return None
        try:
            return self._world.github.api if self._world.github else None
        except FlowshipError:
            return None  # an address that no token may go to: the report is about that

    def _failed(self, error: PlatformError) -> None:
        need = f" {PERMISSION}" if error.status in (401, 403, 404) else ""
        self._notices.append(f"No Deployment could be shown on GitHub: {error.message}.{need}")


def gone(report: Report, number: int) -> frozenset[int]:
    """The pull requests whose previews were taken away by this run; the one that was closed even if it had none."""
    previews = [(outcome, outcome.change.preview) for outcome in report.outcomes if outcome.change.preview and outcome.outcome == "done"]
    taken = frozenset(preview.pull_request for _, preview in previews if preview.over and preview.pull_request)
    there = frozenset(preview.pull_request for _, preview in previews if not preview.over)
    return taken - there | ({number} if report.mode == "cleanup" and number and report.ok else set())
