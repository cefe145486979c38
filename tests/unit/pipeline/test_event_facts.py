"""Whose commits a run has, where its event names a pull request by its number alone."""

import pytest
from run_contexts import run_context

from deployer.github.event import GithubEvent
from deployer.github.pulls import Pull
from deployer.model.errors import UsageError
from deployer.pipeline.event_facts import numbered, refuse_another_number, with_pull_request
from deployer.pipeline.pull_request import PullRequestNow

OURS, FORK = Pull(True, "head", "base", fork=False), Pull(True, "head", "base", fork=True)
MERGED = FORK._replace(open=False, merged=True)


@pytest.mark.parametrize(
    ("event", "given", "pull", "fork"),
    [
        ("issue_comment", "", OURS, False),
        ("issue_comment", "", FORK, True),
        ("issue_comment", "", MERGED, True),
        ("issue_comment", "", None, True),
        ("push", "12", OURS, False),
        ("push", "12", FORK, True),
        ("push", "12", MERGED, False),
        ("push", "12", None, True),
        ("workflow_dispatch", "12", MERGED, True),
        ("workflow_run", "", None, False),
        ("workflow_run", "12", None, True),
        ("workflow_run", "", FORK, True),
    ],
)
def test_commits_of_a_fork(monkeypatch: pytest.MonkeyPatch, event: str, given: str, pull: Pull | None, fork: bool) -> None:
    monkeypatch.setattr("deployer.pipeline.event_facts.pull_request.seen_now", lambda *_: PullRequestNow(pull=pull))
    context = with_pull_request(run_context(event=GithubEvent(name=event, pull_request=12), pull_request=given))
    assert context.event.fork is fork


def test_run_after_a_forks_run_stays_a_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.pipeline.event_facts.pull_request.seen_now", lambda *_: PullRequestNow(pull=OURS))
    event = with_pull_request(run_context(event=GithubEvent(name="workflow_run", pull_request=12, fork=True, followed_sha="run"))).event
    assert (event.fork, event.head_sha, event.base_sha) == (True, "run", "base")


def test_event_of_a_pull_request_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.pipeline.event_facts.pull_request.seen_now", lambda *_: pytest.fail("asked"))
    for event in (GithubEvent(name="pull_request", pull_request=12), GithubEvent(name="push")):
        assert with_pull_request(run_context(event=event)).event == event


def test_number_that_was_given() -> None:
    assert numbered(GithubEvent(name="push"), 12).pull_request == 12
    assert numbered(GithubEvent(name="issue_comment", pull_request=11), 12).pull_request == 12
    own = numbered(GithubEvent(name="pull_request", pull_request=11), 12)
    assert own.pull_request == 11
    with pytest.raises(UsageError, match="`pull-request` is 12, and the event is about pull request 11"):
        refuse_another_number(run_context(event=own, pull_request="12"))
