"""The services of a run: GitHub, the state store and GitHub Deployments. Made once a run, when first needed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from deployer.config.settings import Settings
from deployer.http.address import base_url
from deployer.http.clock import Clock
from deployer.model.errors import FlowshipError
from deployer.model.report import Report
from deployer.state.base import StateOwner, StateStore
from deployer.state.file import STATE_PATH, FileStateStore
from deployer.state.memory import MemoryStateStore

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.commits import Commits

MIN_SECONDS_LEFT = 30.0  # below this, work that the next run can do is left to it


class RunDeployment(Protocol):
    """Shows a run on GitHub's pages while it writes: see `deployer.publish.github_deployments`."""

    def begin(self, environment: str, *, preview: bool = False) -> None: ...

    def finish(self, report: Report) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Services:
    """One run's connections, shared by every copy of its context. `open_github` and `open_state` make each once, `find_owner` reads the
    manifest once."""

    open_github: "Callable[[], GithubConnection | None]"
    open_state: Callable[[], StateStore]
    deployments: RunDeployment
    find_owner: Callable[[], StateOwner] = StateOwner

    @property
    def owner(self) -> StateOwner:
        """Whose state this run keeps."""
        return self.find_owner()

    @property
    def github(self) -> "GithubConnection | None":
        """The repository on GitHub; None where there is no token, or no GitHub."""
        return self.open_github()

    @property
    def state(self) -> StateStore:
        return self.open_state()


@dataclass(frozen=True)
class GithubConnection:
    """One run's repository on GitHub."""

    api: "Api"
    commits: "Commits"


def connect_github(settings: Settings, clock: Clock, commit: str, branch: str) -> GithubConnection | None:
    """None where there is no token, repository or address. `commit` is the run's own, `branch` the default branch ("" when unknown).

    Raises UsageError for an address that a token must not be sent to.
    """
    if not (settings.github.token and settings.github.repository and settings.github.api_url):
        return None
    from deployer.github.api import Api
    from deployer.github.commits import Commits

    address = base_url(settings.github.api_url, "github-api-url")
    api = Api(address, settings.github.repository, settings.github.token, clock=clock)
    return GithubConnection(api, Commits(api, commit, branch))


def has_commit(settings: Settings, clock: Clock, commit: str) -> bool:
    """Whether the repository on GitHub has that commit; True where GitHub cannot be asked."""
    from deployer.github import commits

    try:
        connection = connect_github(settings, clock, "", "")
        return connection is None or commits.exists(connection.api, commit)
    except FlowshipError:
        return True  # what is wrong with the address or the token is reported by what needs them


def open_state(
    settings: Settings,
    root: str,
    clock: Clock,
    commit: str,
    remote: GithubConnection | None,
    owner: Callable[[], StateOwner],
    redact: Callable[[str], str],
) -> StateStore:
    """The state store of the settings, where `auto` is resolved already. `redact` takes keys out of what it writes."""
    match settings.state:
        case "none":
            return MemoryStateStore()
        case "github" if remote:
            from deployer.github.deployments import StateDeployments
            from deployer.state.github import GithubStateStore

            deployments = StateDeployments(remote.api)
            in_time = lambda: not clock.stopped and clock.remaining > MIN_SECONDS_LEFT  # noqa: E731
            reached, is_over = remote.commits.is_reached, remote.api.has_run_ended
            return GithubStateStore(deployments, commit, owner(), reached=reached, in_time=in_time, is_over=is_over, redact=redact)
        case _:
            return FileStateStore(os.path.join(root, STATE_PATH), owner(), root, redact)
