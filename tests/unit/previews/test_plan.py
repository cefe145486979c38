"""What a pull request previews, why not, and when its run is too old to write."""

import pytest
from run_contexts import run_context

from deployer.github.event import GithubEvent
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.change import CreateLive
from deployer.model.errors import UsageError
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import base_branch
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.project import Project
from deployer.pipeline.pull_request import PullRequestNow
from deployer.platforms.previews import PoolExhausted, PreviewDecision, PreviewRequest
from deployer.previews import evals, plan, targets
from deployer.previews.teardown import TeardownResult

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", {"name": "A"}), "TRIAGE", "https://named.by/the-pull-request", "id")
ENTRY = WorkflowEntry("triage", "a.flow", "gptbots", "TRIAGE", preview={"keys": ["P1", "P2"]})
KEYS = "P1=preview-key-1\nP2=preview-key-2"


class Stage:
    """One run of `preview`, without its calls and its writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: PullRequestNow) -> None:
        self.requests: tuple[PreviewRequest, ...] = ()
        self.written = self.deleted = self.evaluated = 0
        self.exhausted: PoolExhausted | None = None
        current = list(answers or (PullRequestNow(True), PullRequestNow(True)))
        self.changed = frozenset({"triage"})

        def decide(_context: object, _connections: object, requests: tuple[PreviewRequest, ...], _policy: Policy) -> dict[str, PreviewDecision]:
            self.requests = requests
            change = CreateLive(workflow=requests[0].workflow, observed=MISSING)
            return {
                "triage": PreviewDecision((), self.exhausted)
                if self.exhausted
                else PreviewDecision((change,), None, ((requests[0].workflow, "slot"),))
            }

        def carry_out(_: object, _environment: str, changes: list[CreateLive], *_rest: object) -> tuple[Outcome, ...]:
            self.written += len(changes)
            return tuple(Outcome(change=change, outcome="done") for change in changes)

        def delete(*_: object) -> TeardownResult:
            self.deleted += 1
            return TeardownResult()

        def evaluate(_context: object, _project: object, _connections: object, report: Report) -> Report:
            self.evaluated += 1
            return report

        monkeypatch.setattr(plan, "decide", decide)
        monkeypatch.setattr(plan, "delete_previews", delete)
        monkeypatch.setattr(targets, "carry_out", carry_out)
        monkeypatch.setattr(evals, "evaluate_previews", evaluate)
        monkeypatch.setattr("deployer.previews.plan.pull_request.seen_now", lambda *_: current.pop(0))
        monkeypatch.setattr("deployer.previews.plan.pull_request.changed", lambda *_: self.changed)
        monkeypatch.setattr("deployer.previews.plan.pull_request.compared", lambda *arguments: arguments[-1])
        self._monkeypatch = monkeypatch

    def run(self, entry: WorkflowEntry | None = ENTRY, keys: str = KEYS, event: GithubEvent | None = None) -> Report:
        manifest = Manifest("flowship.yml", ("production",), (entry,) if entry else ())
        self._monkeypatch.setattr(base_branch, "of_pull_request", lambda _: BaseBranch(manifest, lambda _: None))
        event = event or GithubEvent(pull_request=12, repository="acme/flows", head_sha="abc")
        project = Project("production", ("production",), (FLOW,), ())
        outcomes = tuple(Outcome(change=change, outcome=None) for change in Plan("production", (CreateLive(workflow=FLOW, observed=MISSING),)))
        return plan.preview_changes(run_context(keys=keys, event=event), project, Report(mode="preview", outcomes=outcomes), 12)


def test_changed_workflow_is_previewed_where_the_base_branch_says(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    report = stage.run()
    (request,) = stage.requests
    assert (request.workflow.key, request.workflow.endpoint, request.workflow.id, request.holder.number) == ("P1", "", "", 12)
    assert (stage.written, stage.deleted, stage.evaluated, report.environment) == (1, 0, 1, "preview #12")


@pytest.mark.parametrize(
    ("entry", "keys", "reason"),
    [
        (None, KEYS, "no preview settings"),
        (ENTRY._replace(preview=None), KEYS, "no preview settings"),
        (ENTRY._replace(platform="meingpt"), KEYS, "another platform"),
        (ENTRY, "", "no preview key was given (P1, P2)"),
        (ENTRY._replace(preview={"keys": ["P1"], "set": {"steps[id=x].a": 1}}), KEYS, "on the base branch, `preview.set` does not fit"),
    ],
)
def test_reasons_why_a_workflow_is_planned_only(monkeypatch: pytest.MonkeyPatch, entry: WorkflowEntry | None, keys: str, reason: str) -> None:
    stage = Stage(monkeypatch)
    (notice,) = stage.run(entry, keys).notices
    assert notice.startswith("Only planned, not previewed: triage: ")
    assert reason in notice
    assert stage.written == 0


def test_fork_gets_no_preview_and_dependabot_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    event = GithubEvent(pull_request=12, repository="acme/flows", fork=True)
    assert "comes from a fork" in stage.run(event=event).notices[0]
    assert "Dependabot" in stage.run(keys="", event=GithubEvent(pull_request=12, repository="acme/flows", dependabot=True)).notices[0]
    assert stage.written == 0


def test_pull_request_without_changed_workflows_previews_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.changed = frozenset()
    assert "changes no workflow" in stage.run().notices[0]
    assert stage.requests == ()


@pytest.mark.parametrize(
    ("current", "action", "written"),
    [
        (PullRequestNow(False), "opened", 0),
        (PullRequestNow(None), "closed", 0),
        (PullRequestNow(None), "opened", 1),
        (PullRequestNow(True, "newer"), "opened", 0),
        (PullRequestNow(True, "abc"), "opened", 1),
        (PullRequestNow(True, "abc"), "closed", 1),
    ],
)
def test_run_that_is_out_of_date_writes_nothing(monkeypatch: pytest.MonkeyPatch, current: PullRequestNow, action: str, written: int) -> None:
    stage = Stage(monkeypatch, current, PullRequestNow(True))
    stage.run(event=GithubEvent(pull_request=12, repository="acme/flows", head_sha="abc", action=action))
    assert (stage.written, stage.deleted) == (written, 0)


def test_preview_of_a_pull_request_that_was_closed_meanwhile_is_deleted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, PullRequestNow(True), PullRequestNow(False))
    report = stage.run()
    assert (stage.written, stage.deleted, stage.evaluated) == (1, 1, 0)
    assert report.outcomes[0].outcome is None


def test_full_pool_is_a_warning_of_the_planned_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.exhausted = PoolExhausted("no preview slot is free")
    assert stage.run().outcomes[0].warning == "Not previewed: no preview slot is free."


@pytest.mark.parametrize("entry", [ENTRY._replace(key="P1"), ENTRY._replace(id="slot")])
def test_preview_key_that_deploys_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch, entry: WorkflowEntry) -> None:
    stage = Stage(monkeypatch)
    with pytest.raises(UsageError):
        stage.run(entry)
    assert stage.written == 0
