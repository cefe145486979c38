"""What a run publishes on GitHub's pages: when it comments, when it writes a release's page, and notices for what it could not."""

from typing import Any

import pytest
from github_stand_in import GitHub

from deployer.github.event import GithubEvent
from deployer.model.change import Unchanged, WriteDraft
from deployer.model.finding import Finding
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.publish.github_report import publish_to_github

WORKFLOW = Workflow("a", Source("a.flow", "gptbots", "workflow", b"", None), "K")
CHANGED = (Outcome(change=WriteDraft(workflow=WORKFLOW, observed=MISSING, release=True), outcome="done", live=True),)
UNCHANGED = (Outcome(change=Unchanged(workflow=WORKFLOW, observed=MISSING), outcome="done"),)
PULL_REQUEST = GithubEvent(name="pull_request", pull_request=12)


def comments(hub: GitHub) -> int:
    return len(hub.comments.get(12, []))


@pytest.mark.parametrize(
    ("report", "number"),
    [
        (Report(mode="plan", outcomes=CHANGED), 1),
        (Report(mode="plan", outcomes=UNCHANGED), 0),
        (Report(mode="plan", outcomes=UNCHANGED, exit_code=1), 1),
        (Report(mode="plan", findings=(Finding("r", "warning", "m", "", "a.flow"),)), 1),
        (Report(mode="plan", findings=(Finding("r", "info", "m", "", "a.flow"),)), 0),
        (Report(mode="cleanup", outcomes=CHANGED), 0),
        (Report(mode="eval", outcomes=CHANGED), 0),
        (Report(mode="deploy", outcomes=CHANGED, shard="1/2"), 0),
    ],
)
def test_comment_is_made_when_there_is_something_to_report(report: Report, number: int, hub: GitHub, make_context: Any) -> None:
    publication = publish_to_github(report, make_context(PULL_REQUEST))
    assert (comments(hub), bool(publication.comment_url), publication.notices) == (number, bool(number), ())


def test_existing_comment_is_brought_up_to_date_when_nothing_changes(hub: GitHub, make_context: Any) -> None:
    publish_to_github(Report(mode="plan", outcomes=CHANGED), make_context(PULL_REQUEST))
    assert publish_to_github(Report(mode="plan", outcomes=UNCHANGED), make_context(PULL_REQUEST)).comment_url
    assert comments(hub) == 1
    assert "1 unchanged" in hub.comments[12][0]["body"]


@pytest.mark.parametrize(("head", "number"), [("b" * 40, 0), ("a" * 40, 1), ("", 1)])
def test_run_of_an_older_commit_does_not_comment(head: str, number: int, hub: GitHub, make_context: Any) -> None:
    hub.pull(12, "a" * 40, "b" * 40)
    publish_to_github(Report(mode="plan", outcomes=CHANGED), make_context(GithubEvent(name="pull_request", pull_request=12, head_sha=head)))
    assert comments(hub) == number


@pytest.mark.parametrize(
    ("event", "fix"),
    [
        (PULL_REQUEST, "Fix: give the job `pull-requests: write`, or set `comment: false`."),
        (GithubEvent(name="pull_request", pull_request=12, fork=True), "the token of a pull request from a fork can only read"),
        (GithubEvent(name="pull_request", pull_request=12, dependabot=True), "the token of Dependabot's pull requests can only read"),
    ],
)
def test_comment_without_permission_is_a_notice(event: GithubEvent, fix: str, hub: GitHub, make_context: Any) -> None:
    hub.delete("pull-requests", "read")
    hub.delete("issues", "read")
    (notice,) = publish_to_github(Report(mode="plan", outcomes=CHANGED), make_context(event)).notices
    assert fix in notice


@pytest.mark.parametrize(
    ("changes", "listed"),
    [({}, True), ({"release": False}, False), ({"shard": "1/2"}, False), ({"mode": "plan"}, False), ({"outcomes": UNCHANGED}, False)],
)
def test_release_page_lists_what_a_release_changed(changes: dict[str, Any], listed: bool, hub: GitHub, make_context: Any) -> None:
    hub.token("stand-in-token", contents="write")
    hub.release("v1", "Notes")
    fields: dict[str, Any] = {"mode": "deploy", "environment": "production", "release": True, "outcomes": CHANGED, **changes}
    publication = publish_to_github(Report(**fields), make_context(GithubEvent(name="push", ref="refs/tags/v1", tag="v1")))
    assert publication.notices == ()
    assert ("released in `production`" in hub.releases["v1"]["body"]) is listed


def test_annotations_that_a_step_has_no_room_for_are_in_a_check_run(hub: GitHub, make_context: Any) -> None:
    findings = tuple(Finding("r", "error", f"m{line}", "", "a.flow") for line in range(12))
    (line,) = publish_to_github(Report(mode="lint", findings=findings, exit_code=1), make_context()).lines
    assert line.startswith("2 more messages than GitHub shows as annotations: 2 are on their lines")
    assert [row["message"] for row in hub.check_runs[0]["annotations"]] == ["m10", "m11"]
    hub.delete("checks")
    (line,) = publish_to_github(Report(mode="lint", findings=findings, exit_code=1), make_context()).lines
    assert line.endswith("see the job summary. With `checks: write` they would stand on their lines.")
