"""GitHub Deployments that people see of deploys and previews, by the input `deployments`. A failure to show one is a notice.

One Deployment for a run: begun before its first write, its status set when the run has ended. (The state has Deployments of its own.)
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
from deployer.render import headline

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.deployments import UiDeployment
    from deployer.pipeline.services import GithubConnection

PERMISSION: Final = "Fix: give the job `deployments: write`, or set `deployments: none`."


class GithubDeployments:
    """The Deployments of one run."""

    def __init__(
        self, settings: Settings, clock: Clock, event: GithubEvent, commit: Commit, github: "Callable[[], GithubConnection | None]", run_url: str
    ) -> None:
        self._settings, self._clock, self._event, self._commit, self._github, self._run_url = settings, clock, event, commit, github, run_url
        self._deployment: UiDeployment | None = None
        self._notices: list[str] = []

    def begin(self, environment: str, *, preview: bool = False) -> None:
        """Show the Deployment in progress; to be called before the first write. The second call of a run does nothing."""
        enabled = self._settings.outputs.deployments in (("all", "previews") if preview else ("all",))
        commit = (self._event.head_sha if preview else "") or self._commit.sha  # a pull request shows the Deployments of its own commit
        api = self._api() if enabled and not self._deployment and commit else None
        if api is None:
            return
        from deployer.github import deployments

        subject, url = one_line(self._commit.subject), self._run_url
        try:
            self._deployment = deployments.begin(api, environment, commit, subject, transient=preview, log_url=url)
        except PlatformError as error:
            self._add_notice("No Deployment could be shown on GitHub", error)

    def finish(self, report: Report) -> tuple[str, ...]:
        """Set the Deployment's status, and retire those of deleted previews. Returns notices. `report` is redacted."""
        ended = ended_previews(report, self._event.pull_request)
        if self._settings.outputs.deployments == "none" or not (self._deployment or ended):
            return tuple(self._notices)
        try:
            self._finish(report, ended)
        except PlatformError as error:
            self._add_notice("A Deployment's status on GitHub could not be updated", error)
        return tuple(dict.fromkeys(self._notices))

    def _finish(self, report: Report, ended: frozenset[int]) -> None:
        api = self._api()
        if api is None:
            return
        from deployer.github import deployments

        if self._deployment:
            state: deployments.DeploymentState = "success" if report.ok else "failure"
            deployments.set_status(api, self._deployment.id, state, headline.headline(report), log_url=self._run_url)
            if self._deployment.replaced:
                deployments.set_status(api, self._deployment.replaced, "inactive")
        for number in sorted(ended):
            deployments.retire(api, environment_of(number))

    def _api(self) -> "Api | None":
        settings = self._settings
        if not settings.in_action or settings.sandbox or self._clock.stopped:
            return None
        try:
            github = self._github()
            return github.api if github else None
        except FlowshipError:
            return None  # an address that no token may go to: the report is about that

    def _add_notice(self, problem: str, error: PlatformError) -> None:
        fix = PERMISSION if error.status in (401, 403, 404) else error.fix
        self._notices.append(f"{problem}: {error.message}. {fix}".rstrip())


def ended_previews(report: Report, number: int) -> frozenset[int]:
    """The pull requests whose previews this run deleted, and of a successful cleanup the closed one (`number`), which may have had none."""
    previews = [outcome.change.preview for outcome in report.outcomes if outcome.change.preview and outcome.outcome == "done"]
    ended = frozenset(preview.pull_request for preview in previews if preview.ended and preview.pull_request)
    remaining = frozenset(preview.pull_request for preview in previews if not preview.ended)
    return ended - remaining | ({number} if report.mode == "cleanup" and number and report.ok else set())
