"""A run's context against the stand-in of GitHub, as in a pull request of the repository."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running

from deployer.config.reader import read
from deployer.github.event import GithubEvent
from deployer.http.clock import Clock
from deployer.model.secret import Redactor
from deployer.pipeline.context import RunContext
from deployer.pipeline.local_git import Commit
from deployer.pipeline.services import Services, connect_github
from deployer.publish.github_deployments import GithubDeployments
from deployer.publish.terminal import TextConsole
from deployer.state.memory import MemoryStateStore

HEAD = "c0ffee" + "0" * 34
NO_EVENT = GithubEvent()
MakeContext = Callable[..., RunContext]


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def make_context(hub: GitHub, tmp_path: Any) -> MakeContext:
    def make(event: GithubEvent = NO_EVENT, **inputs: str) -> RunContext:
        given = {"mode": "deploy", "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        environ = {f"INPUT_{name.upper()}": value for name, value in given.items()} | {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/flows"}
        settings, clock, commit = read({}, environ), Clock(60), Commit(HEAD, "Answer faster")
        github = connect_github(settings, clock, HEAD, "main")
        deployments = GithubDeployments(settings, clock, event, commit, lambda: github, "https://github.example/run")
        services = Services(lambda: github, MemoryStateStore, deployments)
        return RunContext(settings, str(tmp_path), clock, TextConsole(io.StringIO()), event, Redactor(()), "1.1", commit, services)

    return make
