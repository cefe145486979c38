"""What a run calls: GitHub, the ledger, and the Deployments that people see. Made once a run; nothing is loaded or asked before it is needed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from deployer.config.settings import Settings
from deployer.http.address import base_url
from deployer.http.clock import Clock
from deployer.model.report import Report
from deployer.state.base import Ledger
from deployer.state.file import PATH, FileLedger
from deployer.state.memory import MemoryLedger

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.commits import Commits

ENOUGH = 30.0  # seconds left, for work that could as well be the next run's


class DeploymentPage(Protocol):
    """What shows a run on GitHub's pages while it writes: see `deployer.publish.github_deployments`."""

    def begin(self, environment: str, *, preview: bool = False) -> None: ...

    def finish(self, report: Report) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Services:
    """One run's connections, shared by every copy of its context. `open_github` and `open_ledger` make each once."""

    open_github: "Callable[[], Remote | None]"
    open_ledger: Callable[[], Ledger]
    deployments: DeploymentPage

    @property
    def github(self) -> "Remote | None":
        """The repository on GitHub; None where there is no token, or no GitHub."""
        return self.open_github()

    @property
    def ledger(self) -> Ledger:
        return self.open_ledger()


@dataclass(frozen=True)
class Remote:
    """One run's repository on GitHub."""

    api: "Api"
    commits: "Commits"


def connect(settings: Settings, clock: Clock, commit: str, branch: str) -> Remote | None:
    """None where there is no token, repository or address. `commit` is the run's own, `branch` the default branch ("" when unknown).

    Raises UsageError for an address that a token must not be sent to.
    """
    if not (settings.github_token and settings.repository and settings.github_api_url):
        return None
    from deployer.github.api import Api
    from deployer.github.commits import Commits

    address = base_url(settings.github_api_url, "github-api-url")
    api = Api(address, settings.repository, settings.github_token, clock=clock)
    return Remote(api, Commits(api, commit, branch))


def ledger(settings: Settings, root: str, clock: Clock, commit: str, remote: Remote | None) -> Ledger:
    """The ledger that was asked for (settings has made `auto` one of the others)."""
    match settings.ledger:
        case "none":
            return MemoryLedger()
        case "github" if remote:
            from deployer.github import runs
            from deployer.github.deployments import Deployments
            from deployer.state.github import GithubLedger

            deployments = Deployments(remote.api)
            in_time = lambda: not clock.stopped and clock.remaining > ENOUGH  # noqa: E731
            is_over = lambda run: runs.is_over(remote.api, run)  # noqa: E731
            return GithubLedger(deployments, commit, reached=remote.commits.reached, in_time=in_time, is_over=is_over)
        case _:
            return FileLedger(os.path.join(root, PATH))
