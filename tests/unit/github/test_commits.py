"""Commits by name, files of a commit and ancestry, over HTTP against the stand-in."""

from typing import Any

import pytest
from github_stand_in import Fault, GitHub

from deployer.github import commits
from deployer.github.commits import Commits
from deployer.model.errors import PlatformError

OLD, NEW = "a" * 40, "b" * 40
LARGE = b"x" * (1024 * 1024 + 1)


@pytest.fixture
def two_commits(hub: GitHub) -> None:
    hub.commit(OLD)
    hub.commit(NEW)
    hub.tags["v1"] = OLD
    hub.branches["v1"] = NEW
    hub.files[OLD] = {"flows/ä b.flow": b"{}\n", "large.flow": LARGE, "empty.flow": b""}


@pytest.mark.usefixtures("two_commits")
@pytest.mark.parametrize(("name", "commit"), [("v1", OLD), ("main", NEW), ("aaaaaaa", OLD), (NEW, NEW), ("v9", None), ("../v1", None)])
def test_tag_counts_before_branch_of_that_name(api: Any, name: str, commit: str | None) -> None:
    assert commits.resolve(api(), name) == commit


@pytest.mark.usefixtures("two_commits")
@pytest.mark.parametrize(
    ("path", "content"), [("flows/ä b.flow", b"{}\n"), ("large.flow", LARGE), ("empty.flow", b""), ("flows", None), ("no.flow", None)]
)
def test_file_is_read_as_the_commit_has_it(api: Any, path: str, content: bytes | None) -> None:
    assert commits.read_file(api(), OLD, path) == content


@pytest.mark.usefixtures("two_commits")
def test_file_of_another_commit_is_missing(api: Any) -> None:
    assert commits.read_file(api(), NEW, "large.flow") is None


def test_failed_request_is_not_taken_for_missing(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(do=401, times=9)]
    with pytest.raises(PlatformError):
        commits.resolve(api(), "v1")
    with pytest.raises(PlatformError):
        commits.read_file(api(), OLD, "large.flow")


@pytest.fixture
def history(hub: GitHub) -> list[str]:
    """250 commits on main, oldest first; a branch `side` from the 100th, a tag `v1` on a commit that no branch has."""
    line = [hub.commit(f"{number:040x}") for number in range(1, 251)]
    hub.commit("51de" + "0" * 36, line[99], branch="side")
    hub.tags["v1"] = hub.commit("7a9" + "0" * 37, line[99], branch=None)
    hub.commit("dead" + "0" * 36, line[99], branch=None)
    return line


def test_ancestry_of_neighbours_takes_one_request(hub: GitHub, api: Any, history: list[str]) -> None:
    ancestry = Commits(api(), history[-1])
    assert [ancestry.is_ancestor(history[-1], sha) for sha in history[-100:-1]] == [False] * 99
    assert [ancestry.is_ancestor(sha, history[-1]) for sha in history[-100:]] == [True] * 100
    assert ancestry.is_ancestor(history[-1], history[-5][:33] or "x") is not None
    assert len(hub.requests) == 1


def test_ancestry_of_distant_commits_is_compared_once(hub: GitHub, api: Any, history: list[str]) -> None:
    ancestry = Commits(api(), history[120])
    for _ in range(3):
        assert ancestry.is_ancestor(history[120], history[200]) is True
        assert ancestry.is_ancestor(history[120], "51de" + "0" * 36) is False
        assert ancestry.is_ancestor(history[120], "f" * 40) is None
        assert ancestry.is_ancestor(history[120], "not a commit") is None
        assert ancestry.is_ancestor(history[120], history[120][:39]) is True
    assert len(hub.requests) == 4


def test_ancestry_is_unknown_without_permission(hub: GitHub, api: Any, history: list[str]) -> None:
    hub.delete("contents")
    ancestry = Commits(api(), history[3])
    assert (ancestry.is_ancestor(history[3], history[9]), ancestry.is_reached(history[9])) == (None, None)


def test_commit_is_reached_by_branch_or_tag(hub: GitHub, api: Any, history: list[str]) -> None:
    ancestry = Commits(api(), history[240])
    answers = {commit: ancestry.is_reached(commit) for commit in (history[240], history[5], history[-1], "51de" + "0" * 36, "7a9" + "0" * 37)}
    assert set(answers.values()) == {True}
    assert ancestry.is_reached("dead" + "0" * 36) is False
    assert ancestry.is_reached("f" * 40) is False
    assert len(hub.requests) < 18


def test_unreached_commit_is_unknown_with_many_branches(hub: GitHub, api: Any, history: list[str]) -> None:
    for number in range(30):
        hub.branches[f"b{number}"] = history[number]
    assert Commits(api(), history[240]).is_reached("dead" + "0" * 36) is None


def test_requests_about_ancestry_are_limited(hub: GitHub, api: Any, history: list[str]) -> None:
    ancestry = Commits(api(), history[0], "main")
    for number in range(200):
        ancestry.is_ancestor(history[0], f"{number:x}".rjust(40, "e"))
    assert len(hub.requests) == 60
