"""Deploys and previews as GitHub Deployments that people see, by the input `deployments`. A notice is the worst that comes of it.

One Deployment for a run: begun before its first write, told how it went when all is over. (What the state keeps there is another matter.)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from deployer.config.settings import Settings
from deployer.github.event import GithubEvent
from deployer.http.clock import Clock
from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.preview import environment_of
from deployer.model.report import Report
from deployer.model.text import one_line
from deployer.pipeline.local_git import Commit
from deployer.render import summary

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.deployments_ui import UiDeployment
    from deployer.pipeline.services import GithubConnection

PERMISSION: Final = "It takes `deployments: write` in the job's permissions; `deployments: none` does without."


class GithubDeployments:
    """Belongs to one run."""

    def __init__(
        self, settings: Settings, clock: Clock, event: GithubEvent, commit: Commit, github: "Callable[[], GithubConnection | None]", run_url: str
    ) -> None:
        self._settings, self._clock, self._event, self._commit, self._github, self._run_url = settings, clock, event, commit, github, run_url
        self._shown: UiDeployment | None = None
        self._notices: list[str] = []

    def begin(self, environment: str, *, preview: bool = False) -> None:
        """The first write is near. The second call of a run does nothing."""
        wanted = ("all", "previews") if preview else ("all",)
        api = self._api() if self._settings.outputs.deployments in wanted and not self._shown and self._commit.sha else None
        if api is None:
            return
        from deployer.github import deployments_ui

        commit, url = self._commit, self._run_url
        try:
            self._shown = deployments_ui.begin(api, environment, commit.sha, one_line(commit.subject), transient=preview, log_url=url)
        except PlatformError as error:
            self._failed(error)

    def finish(self, report: Report) -> tuple[str, ...]:
        """All is over: say how it went, and which previews are no more. Returns notices. `report` is redacted."""
        over = gone(report, self._event.pull_request)
        if self._settings.outputs.deployments == "none" or not (self._shown or over):
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
        from deployer.github import deployments_ui

        if self._shown:
            state: deployments_ui.State = "success" if report.ok else "failure"
            deployments_ui.tell(api, self._shown.id, state, summary.headline(report), log_url=self._run_url)
            if self._shown.before:
                deployments_ui.tell(api, self._shown.before, "inactive")
        for number in sorted(over):
            deployments_ui.retire(api, environment_of(number))

    def _api(self) -> "Api | None":
        settings = self._settings
        if not settings.in_action or settings.sandbox or self._clock.stopped:
            return None
        try:
            github = self._github()
            return github.api if github else None
        except FlowshipError:
            return None  # an address that no token may go to: the report is about that

    def _failed(self, error: PlatformError) -> None:
        need = f" {PERMISSION}" if error.status in (401, 403, 404) else ""
        self._notices.append(f"No Deployment could be shown on GitHub: {error.message}.{need}")


def gone(report: Report, number: int) -> frozenset[int]:
    """The pull requests whose previews were deleted by this run; the one that was closed even if it had none."""
    previews = [(outcome, outcome.change.preview) for outcome in report.outcomes if outcome.change.preview and outcome.outcome == "done"]
    taken = frozenset(preview.pull_request for _, preview in previews if preview.ended and preview.pull_request)
    there = frozenset(preview.pull_request for _, preview in previews if not preview.ended)
    return taken - there | ({number} if report.mode == "cleanup" and number and report.ok else set())
