"""GitHub as a run may use it: its API, the ledger there, and how commits hang together. Nothing is loaded or asked before it is needed."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployer.ledger.base import Ledger
from deployer.ledger.file import PATH, FileLedger
from deployer.ledger.memory import MemoryLedger
from deployer.platforms.address import base_url
from deployer.platforms.clock import Clock
from deployer.settings import Settings

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.commits import Commits

ENOUGH = 30.0  # seconds left, for work that could as well be the next run's


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
            from deployer.ledger.github import GithubLedger

            deployments = Deployments(remote.api)
            in_time = lambda: not clock.stopped and clock.remaining > ENOUGH  # noqa: E731
            is_over = lambda run: runs.is_over(remote.api, run)  # noqa: E731
            return GithubLedger(deployments, commit, reached=remote.commits.reached, in_time=in_time, is_over=is_over)
        case _:
            return FileLedger(os.path.join(root, PATH))
