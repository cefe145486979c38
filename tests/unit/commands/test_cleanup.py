"""Whose previews `cleanup` deletes, and when it asks GitHub first."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from run_contexts import run_context

from deployer.commands import cleanup
from deployer.github import pulls
from deployer.github.event import GithubEvent
from deployer.model.errors import PlatformError
from deployer.model.lease import RELEASE
from deployer.model.report import Report
from deployer.pipeline import base_branch, pull_request
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.pull_request import PullRequestNow
from deployer.pipeline.services import GithubConnection, Services
from deployer.previews.teardown import FindClosed, TeardownResult

EXISTING = frozenset({RELEASE, 11, 12, 13})


class Stage:
    """`cleanup` without its deletions: `deleted` are the numbers whose previews would be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deleted: Any = None

        def delete(_context: object, _base: object, find_closed: FindClosed) -> TeardownResult:
            self.deleted = find_closed(EXISTING)
            return TeardownResult()

        monkeypatch.setattr(cleanup, "delete_previews", delete)
        for name in ("of_pull_request", "of_checkout"):
            monkeypatch.setattr(base_branch, name, lambda _: BaseBranch(None, lambda _: None))

    def run(self, mode: str = "cleanup", number: int = 0, repository: str = "acme/flows", *, github: bool = True) -> Report:
        context = run_context(mode=mode, event=GithubEvent(pull_request=number, repository=repository))
        connection = cast("GithubConnection", SimpleNamespace(api=None)) if github else None
        known = context.services
        services = Services(lambda: connection, known.open_state, known.deployments)
        object.__setattr__(context, "services", services)
        return cleanup.run(context, Report(mode=mode))


def test_pull_requests_own_preview_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    report = stage.run(number=12)
    assert (stage.deleted, report.environment) == ({12}, "preview #12")


@pytest.mark.parametrize(("current", "deleted", "notice"), [(True, None, "open again"), (False, {12}, ""), (None, {12}, "not asked")])
def test_reopened_pull_request_keeps_its_preview_in_mode_auto(
    monkeypatch: pytest.MonkeyPatch, current: bool | None, deleted: Any, notice: str
) -> None:
    monkeypatch.setattr(pull_request, "seen_now", lambda *_: PullRequestNow(current, notice="not asked" if current is None else ""))
    stage = Stage(monkeypatch)
    report = stage.run("auto", 12)
    assert (stage.deleted, any(notice in line for line in report.notices)) == (deleted, bool(notice))


def test_closed_pull_requests_and_releases_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pull request 11 is listed as open, 12 is closed, and 13 was opened while the list was read."""
    monkeypatch.setattr(pulls, "list_open", lambda _: {11})
    monkeypatch.setattr(pulls, "read_pull", lambda _, number: SimpleNamespace(open=number == 13))
    stage = Stage(monkeypatch)
    assert stage.run().notices == ()
    assert stage.deleted == {RELEASE, 12}


def test_only_releases_are_swept_where_github_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PlatformError("github", "Not allowed.", fix="", code="403")

    monkeypatch.setattr(pulls, "list_open", refuse)
    stage = Stage(monkeypatch)
    assert "Not allowed" in stage.run().notices[0]
    assert stage.deleted == {RELEASE}
    assert "no `github-token`" in stage.run(github=False).notices[0]
    assert stage.deleted == {RELEASE}


def test_nothing_is_swept_outside_a_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    assert len(stage.run(repository="").notices) == 1
    assert stage.deleted is None
