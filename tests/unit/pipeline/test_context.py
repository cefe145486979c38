"""Which commit is recorded: what is checked out, else what the runner says for the event."""

from collections.abc import Callable

import pytest

from deployer.github.event import GithubEvent
from deployer.pipeline import context as pipeline_context
from deployer.pipeline.local_git import Commit

HEAD, SHA, PULL, MERGED = "a" * 40, "b" * 40, "c" * 40, "d" * 40
PUSH = GithubEvent(name="push", sha=SHA, ref="refs/heads/main", subject="Of the event")
OPEN = GithubEvent(name="pull_request", sha=SHA, ref="refs/pull/12/merge", head_sha=PULL, subject="Title")
CLOSED = GithubEvent(name="pull_request", sha=MERGED, ref="refs/heads/main", head_sha=PULL, merged_sha=MERGED, subject="Title")
TARGET = GithubEvent(name="pull_request_target", sha=SHA, ref="refs/heads/main", head_sha=PULL, subject="Title")


@pytest.fixture
def commit_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Commit]:
    def find(event: GithubEvent, head: str = "", *, on_github: bool = True) -> Commit:
        local = Commit(head, "Of the checkout") if head else None
        monkeypatch.setattr("deployer.pipeline.local_git.head", lambda root: local)
        return pipeline_context.commit_of(event, "/nowhere", "", lambda sha: on_github)

    return find


@pytest.mark.parametrize(
    ("event", "head", "expected"),
    [
        (PUSH, "", Commit(SHA, "Of the event")),
        (PUSH, SHA, Commit(SHA, "Of the event")),
        (PUSH, HEAD, Commit(HEAD, "Of the checkout")),
        (OPEN, "", Commit(PULL, "Title")),
        (OPEN, SHA, Commit(PULL, "Title")),  # the merge that GitHub makes to test it
        (OPEN, PULL, Commit(PULL, "Title")),
        (OPEN, HEAD, Commit(HEAD, "Of the checkout")),
        (CLOSED, "", Commit(MERGED, "Title")),
        (CLOSED, MERGED, Commit(MERGED, "Title")),
        (CLOSED, HEAD, Commit(HEAD, "Of the checkout")),
        (TARGET, "", Commit(SHA, "Title")),
        (TARGET, PULL, Commit(PULL, "Title")),
        (GithubEvent(), HEAD, Commit(HEAD, "Of the checkout")),
        (GithubEvent(), "", Commit("", "")),
    ],
)
def test_commit_that_is_checked_out(commit_of: Callable[..., Commit], event: GithubEvent, head: str, expected: Commit) -> None:
    assert commit_of(event, head) == expected


def test_commit_that_github_does_not_have_is_not_recorded(commit_of: Callable[..., Commit]) -> None:
    """Another repository's, or one that was not pushed."""
    assert commit_of(PUSH, HEAD, on_github=False) == Commit(SHA, "Of the event")
    assert commit_of(GithubEvent(), HEAD, on_github=False) == Commit(HEAD, "Of the checkout")


def test_message_of_the_input_comes_first() -> None:
    assert pipeline_context.commit_of(PUSH, "/nowhere", "By hand", lambda sha: True) == Commit(SHA, "By hand")
