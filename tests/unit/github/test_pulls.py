"""Pull requests by number, all open ones, and the files that one changes, over HTTP against the stand-in."""

from collections.abc import Iterator

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github import pulls
from deployer.github.api import Api
from deployer.github.pulls import Pull
from deployer.http.clock import Clock
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret

BASE, HEAD, LATER = "a" * 40, "b" * 40, "d" * 40


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.commit(BASE)
        hub.commit(HEAD, BASE, branch="change-12")
        hub.commit(LATER, BASE)
        hub.files[BASE] = {"a.flow": b"1", "b.flow": b"1", "c.flow": b"1"}
        hub.files[HEAD] = {"a.flow": b"1", "b.flow": b"2", "d.flow": b"1"}
        hub.files[LATER] = {"a.flow": b"3", "b.flow": b"1", "c.flow": b"1"}
        yield hub


@pytest.fixture
def api(hub: GitHub) -> Api:
    return Api(hub.url, "acme/flows", Secret("stand-in-token"), clock=Clock(30), jitter=lambda: 0.0)


def test_one(hub: GitHub, api: Api) -> None:
    hub.pull(12, HEAD, BASE)
    assert pulls.read_pull(api, 12) == Pull(True, HEAD, BASE, fork=False)
    hub.pull(12, state="closed", merged=True, labels=["Preview", "bug"])
    assert pulls.read_pull(api, 12) == Pull(False, HEAD, BASE, fork=False, merged=True, labels=frozenset({"preview", "bug"}))
    assert pulls.read_pull(api, 13) is None


def test_what_cannot_be_asked_is_not_taken_for_closed(hub: GitHub, api: Api) -> None:
    hub.pull(12, HEAD, BASE)
    hub.delete("pull-requests")
    for ask in (lambda: pulls.read_pull(api, 12), lambda: pulls.list_open(api)):
        with pytest.raises(PlatformError) as refusal:
            ask()
        assert refusal.value.status == 403
    hub.faults = [Fault(do="torn", times=99)]
    with pytest.raises(PlatformError):
        pulls.read_pull(api, 12)


def test_all_open_ones_page_by_page(hub: GitHub, api: Api) -> None:
    for number in range(1, 231):
        hub.pull(number, state="closed" if number % 10 == 0 else "open")
    assert pulls.list_open(api) == frozenset(number for number in range(1, 231) if number % 10)
    assert [asked.query["page"] for asked in hub.requests] == ["1", "2", "3"]


def test_the_files_that_it_changes_not_those_of_its_base(api: Api) -> None:
    assert pulls.changed_files(api, LATER, HEAD) == frozenset({"b.flow", "c.flow", "d.flow"})


def test_too_many_files_to_be_listed(hub: GitHub, api: Api) -> None:
    hub.files[HEAD] |= {f"{number}.flow": b"" for number in range(300)}
    assert pulls.changed_files(api, BASE, HEAD) is None


@pytest.mark.parametrize(("origin", "fork"), [("acme/flows", False), ("Acme/Flows", False), ("mallory/flows", True), ("", True), (None, True)])
def test_commits_of_an_unknown_repository_are_a_forks(hub: GitHub, api: Api, origin: str | None, fork: bool) -> None:
    hub.pull(12, HEAD, BASE, origin=origin)
    pull = pulls.read_pull(api, 12)
    assert pull is not None
    assert pull.fork is fork
