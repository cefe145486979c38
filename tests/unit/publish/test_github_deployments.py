"""Deployments that people see: when one is shown, its status at the end, and those of previews that ended."""

from typing import Any

import pytest
from github_stand_in import GitHub

from deployer.github.event import GithubEvent
from deployer.model.change import Remove, WriteDraft
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome, OutcomeCode
from deployer.model.preview import Preview
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.publish.github_deployments import PERMISSION, ended_previews

WORKFLOW = Workflow("a", Source("a.flow", "gptbots", "workflow", b"", None), "K")


def preview(number: int, *, ended: bool, outcome: OutcomeCode = "done") -> Outcome:
    kind = Remove if ended else WriteDraft
    return Outcome(change=kind(workflow=WORKFLOW, observed=MISSING, preview=Preview(number, ended=ended)), outcome=outcome)


def states(hub: GitHub) -> list[tuple[str, list[str]]]:
    return [(row["environment"], [status["state"] for status in hub.statuses.get(row["id"], [])]) for row in hub.deployments]


@pytest.mark.parametrize(
    ("enabled", "is_preview", "shown"),
    [("all", False, True), ("all", True, True), ("previews", False, False), ("previews", True, True), ("none", True, False)],
)
def test_deployment_is_shown_as_the_input_says(enabled: str, is_preview: bool, shown: bool, hub: GitHub, make_context: Any) -> None:
    deployments = make_context(deployments=enabled).services.deployments
    deployments.begin("production", preview=is_preview)
    deployments.begin("production", preview=is_preview)
    assert states(hub) == [("production", ["in_progress"])] * shown


@pytest.mark.parametrize(("exit_code", "state"), [(0, "success"), (1, "failure")])
def test_status_at_the_end_follows_the_exit_code(exit_code: int, state: str, hub: GitHub, make_context: Any) -> None:
    deployments = make_context(deployments="all").services.deployments
    deployments.begin("production")
    assert deployments.finish(Report(mode="deploy", exit_code=exit_code)) == ()
    assert states(hub) == [("production", ["in_progress", state])]


def test_next_deployment_of_a_preview_makes_the_previous_inactive(hub: GitHub, make_context: Any) -> None:
    for _ in range(2):
        deployments = make_context(deployments="all").services.deployments
        deployments.begin("preview #12", preview=True)
        deployments.finish(Report(mode="preview"))
    assert states(hub) == [("preview #12", ["in_progress", "success", "inactive"]), ("preview #12", ["in_progress", "success"])]


def test_cleanup_retires_the_deployments_of_a_deleted_preview(hub: GitHub, make_context: Any) -> None:
    make_context(deployments="all").services.deployments.begin("preview #12", preview=True)
    make_context(deployments="all").services.deployments.begin("preview #13", preview=True)
    make_context(GithubEvent(name="schedule")).services.deployments.finish(Report(mode="cleanup", outcomes=(preview(12, ended=True),)))
    assert states(hub) == [("preview #12", ["in_progress", "inactive"]), ("preview #13", ["in_progress"])]


def test_missing_permission_is_a_notice_with_its_fix(hub: GitHub, make_context: Any) -> None:
    hub.delete("deployments")
    deployments = make_context(deployments="all").services.deployments
    deployments.begin("production")
    (notice,) = deployments.finish(Report(mode="deploy"))
    assert notice.startswith("No Deployment could be shown on GitHub: ")
    assert notice.endswith(PERMISSION)


@pytest.mark.parametrize(
    ("report", "number", "ended"),
    [
        (Report(mode="cleanup", outcomes=(preview(12, ended=True), preview(13, ended=False))), 0, {12}),
        (Report(mode="cleanup", outcomes=(preview(12, ended=True), preview(12, ended=False))), 0, set()),
        (Report(mode="cleanup", outcomes=(preview(12, ended=True, outcome="failed"),)), 0, set()),
        (Report(mode="cleanup", outcomes=(preview(0, ended=True),)), 0, set()),
        (Report(mode="cleanup"), 12, {12}),
        (Report(mode="cleanup", exit_code=1), 12, set()),
        (Report(mode="preview"), 12, set()),
    ],
)
def test_preview_has_ended_when_nothing_of_it_remains(report: Report, number: int, ended: set[int]) -> None:
    assert ended_previews(report, number) == ended
