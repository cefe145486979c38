"""Commits by name and files of a commit, over HTTP against the stand-in."""

from collections.abc import Iterator

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github import commits
from deployer.github.api import Api
from deployer.http.clock import Clock
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret

OLD, NEW = "a" * 40, "b" * 40
LARGE = b"x" * (1024 * 1024 + 1)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.commit(OLD)
        hub.commit(NEW)
        hub.tags["v1"] = OLD
        hub.branches["v1"] = NEW
        hub.files[OLD] = {"flows/ä b.flow": b"{}\n", "large.flow": LARGE, "empty.flow": b""}
        yield hub


@pytest.fixture
def api(hub: GitHub) -> Api:
    return Api(hub.url, "acme/flows", Secret("stand-in-token"), clock=Clock(30), jitter=lambda: 0.0)


@pytest.mark.parametrize(("name", "commit"), [("v1", OLD), ("main", NEW), ("aaaaaaa", OLD), (NEW, NEW), ("v9", None), ("../v1", None)])
def test_what_a_name_stands_for(api: Api, name: str, commit: str | None) -> None:
    assert commits.resolve(api, name) == commit


@pytest.mark.parametrize(
    ("path", "content"), [("flows/ä b.flow", b"{}\n"), ("large.flow", LARGE), ("empty.flow", b""), ("flows", None), ("no.flow", None)]
)
def test_a_file_as_a_commit_has_it(api: Api, path: str, content: bytes | None) -> None:
    assert commits.read_file(api, OLD, path) == content


def test_another_commit_has_it_not(api: Api) -> None:
    assert commits.read_file(api, NEW, "large.flow") is None


def test_what_cannot_be_asked_is_not_taken_for_not_there(hub: GitHub, api: Api) -> None:
    hub.faults = [Fault(do=401, times=9)]
    with pytest.raises(PlatformError):
        commits.resolve(api, "v1")
    with pytest.raises(PlatformError):
        commits.read_file(api, OLD, "large.flow")
