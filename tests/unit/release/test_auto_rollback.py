"""Which content a failed release is rolled back to, and what is reported of it. Writing is tested in tests/integration/test_gate.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from observations import defined, listed
from run_contexts import run_context

from deployer.apply.executor import NOT_DONE
from deployer.http.executor import Unfinished
from deployer.model import marker
from deployer.model.change import Change, CreateLive, Fail, Publish, Replace, WriteDraft
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import of_definition
from deployer.model.observation import MISSING, Observed, Version, failed
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.release import auto_rollback
from deployer.release.auto_rollback import FailedRelease, RollbackResult, roll_back_failed
from deployer.state.base import DeployRecord, EnvironmentState
from deployer.state.memory import MemoryStateStore

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", {"name": "C"}), "TRIAGE")
YAML = Workflow("onboarding", Source("w.yaml", "meingpt", "workflow", b"", {"name": "C", "steps": []}), "MEINGPT", id="wf_1")


def fingerprint(letter: str) -> str:
    return of_definition({"name": letter})


def version(number: str, letter: str, *, live: bool = False) -> Version:
    return Version(number, marker.describe("m", "abcdef1", marker.new(fingerprint(letter))), live, "bot")


A_B_C = listed((version("3", "C", live=True), version("2", "B"), version("1", "A")), "bot")


def record(number: str, letter: str, run: str) -> DeployRecord:
    return DeployRecord(fingerprint=fingerprint(letter), version=number, target="bot", host="https://api-sg.gptbots.ai", run=run)


class Stage:
    """Rolls back what failed, with what the platform shows and without its writes: `changes` is what would have been written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, observed: Observed) -> None:
        self.changes: tuple[Change, ...] = ()
        self.policy = Policy(environment="")
        self.outcome: Mapping[str, Any] = {"outcome": "done", "live": True}
        self.error: FlowshipError | None = None

        class SeenOnce:
            def __init__(self, *_: object) -> None: ...

            def all(self, workflows: tuple[Workflow, ...], *_: object) -> dict[str, Observed]:
                return {workflow.name: observed for workflow in workflows}

        def apply(_context: object, _project: object, prepared: PreparedPlan) -> Report:
            if self.error:
                raise self.error
            self.changes, self.policy = prepared.plan.changes, prepared.policy
            return Report(mode="deploy", outcomes=tuple(Outcome(change=change, **self.outcome) for change in prepared.plan))

        monkeypatch.setattr(auto_rollback, "Observer", SeenOnce)
        monkeypatch.setattr("deployer.release.auto_rollback.execute.apply", apply)

    def roll_back(self, *releases: DeployRecord, awaiting: DeployRecord | None = None, change: Change | None = None, **more: str) -> RollbackResult:
        change = change or WriteDraft(workflow=FLOW, observed=Observed(id="bot"), target="bot", release=True)
        workflow, state = change.workflow, MemoryStateStore()
        for entry in releases:
            state.record("production", entry.run, workflow.name, live=entry)
        context = run_context(state=state)
        known = state.read("production").of(workflow.name)
        before = EnvironmentState({workflow.name: replace(known, awaiting_evals=awaiting)})
        clients = Connections(context.settings, lambda _: None, context.clock, context.redactor)
        policy = Policy(environment="production", gated=frozenset({workflow.name}))
        prepared = PreparedPlan(Plan("production", (change,)), clients, policy, Report(mode="deploy"), state=before)
        project = Project("production", ("production",), (workflow,), ())
        release = FailedRelease(change, change.fingerprint, more.get("run", "3.1"), more.get("previous", ""))
        return roll_back_failed(context, project, prepared, [release])[workflow.name]


def test_rollback_skips_release_whose_evals_never_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, A_B_C)
    a, b, c = record("1", "A", "1.1"), record("2", "B", "2.1"), record("3", "C", "3.1")
    assert stage.roll_back(a, b, c, awaiting=b).done
    assert [change.version for change in stage.changes] == ["1"]
    stage.roll_back(a, b, c)
    assert [change.version for change in stage.changes] == ["2"], "with its evals over, the release before is what to go back to"


def test_only_unfinished_release_leaves_nothing_to_go_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    b, c = record("2", "B", "2.1"), record("3", "C", "3.1")
    stage = Stage(monkeypatch, listed((version("3", "C", live=True), version("2", "B")), "bot"))
    stage.outcome = {"outcome": "failed"}
    result = stage.roll_back(b, c, awaiting=b)
    assert isinstance(stage.changes[0], Fail)
    assert (result.done, result.problem.code) == (False, "STILL_LIVE")


def test_rollback_whose_turn_did_not_come_says_nothing_of_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """This run sent the release itself."""
    stage = Stage(monkeypatch, A_B_C)
    code, problem = NOT_DONE[Unfinished.NOT_STARTED]
    stage.outcome = {"outcome": code, "error": problem}
    result = stage.roll_back(record("1", "A", "1.1"), record("3", "C", "3.1"))
    assert (result.done, result.problem.message) == (False, "It could not be rolled back, and may still be live: the run ended first.")


def test_earlier_attempt_of_the_failed_run_is_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unfinished evals are those of the failed release itself."""
    stage = Stage(monkeypatch, A_B_C)
    a, b, c = record("1", "A", "1.1"), record("2", "B", "3.1"), record("3", "C", "3.2")
    stage.roll_back(a, b, c, awaiting=c, run="3.2")
    assert [change.version for change in stage.changes] == ["2"]


def test_rollback_is_a_release_and_not_gated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, A_B_C)
    stage.roll_back(record("1", "A", "1.1"), record("3", "C", "3.1"))
    assert (stage.policy.release, stage.policy.gated) == (True, frozenset())


def test_version_that_the_platform_named_where_the_state_knows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, A_B_C)
    stage.roll_back(record("3", "C", "3.1"), previous="2")
    (change,) = stage.changes
    assert (type(change), change.version) == (Publish, "2")


def test_definition_found_before_the_release_where_the_state_knows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = defined("wf_1", {"name": "A", "status": "active", "steps": []})
    stage = Stage(monkeypatch, defined("wf_1", {"name": "C", "status": "active", "steps": []}))
    stage.roll_back(change=Replace(workflow=YAML, observed=found, target="wf_1", release=True))
    (change,) = stage.changes
    assert isinstance(change, Replace)
    assert ((change.workflow.source.definition or {})["name"], change.workflow.id, change.release) == ("A", "wf_1", True)
    assert change.restored
    assert change.restored.reverted_fingerprint == YAML.fingerprint


def test_created_workflow_has_nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, defined("wf_1", {"name": "C", "status": "active", "steps": []}))
    stage.outcome = {"outcome": "failed"}
    result = stage.roll_back(change=CreateLive(workflow=YAML, observed=MISSING, release=True))
    assert isinstance(stage.changes[0], Fail)
    assert (result.done, result.problem.code) == (False, "STILL_LIVE")


@pytest.mark.parametrize(
    ("outcome", "done", "code"),
    [
        ({"outcome": "done", "live": True}, True, "ROLLED_BACK"),
        ({"outcome": "done", "live": False}, False, "NOT_ROLLED_BACK"),
        ({"outcome": "failed"}, False, "NOT_ROLLED_BACK"),
        ({"outcome": "skipped"}, False, "NOT_ROLLED_BACK"),
        ({"outcome": "unknown"}, False, "ROLLBACK_UNKNOWN"),
    ],
)
def test_what_became_of_the_rollback(monkeypatch: pytest.MonkeyPatch, outcome: Mapping[str, Any], done: bool, code: str) -> None:
    stage = Stage(monkeypatch, A_B_C)
    stage.outcome = outcome
    result = stage.roll_back(record("1", "A", "1.1"), record("3", "C", "3.1"))
    assert (result.done, result.problem.code, result.is_unclear) == (done, code, code == "ROLLBACK_UNKNOWN")


def test_error_of_the_rollback_is_reported_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, A_B_C)
    stage.error = FlowshipError("GitHub is away.")
    result = stage.roll_back(record("1", "A", "1.1"), record("3", "C", "3.1"))
    assert (result.done, result.problem.code) == (False, "NOT_ROLLED_BACK")
    assert "GitHub is away." in result.problem.message


def test_workflow_that_was_deleted_meanwhile_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, MISSING)
    stage.outcome = {"outcome": "failed"}
    found = defined("wf_1", {"name": "A", "status": "active", "steps": []})
    stage.roll_back(change=Replace(workflow=YAML, observed=found, target="wf_1", release=True))
    assert isinstance(stage.changes[0], Fail)


def test_workflow_that_cannot_be_read_any_more_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id is unknown: a write would go anywhere."""
    stage = Stage(monkeypatch, failed("500", "Internal error", "Run again."))
    stage.outcome = {"outcome": "failed"}
    found = defined("wf_1", {"name": "A", "status": "active", "steps": []})
    result = stage.roll_back(change=Replace(workflow=YAML, observed=found, target="wf_1", release=True))
    assert isinstance(stage.changes[0], Fail)
    assert result.problem.code == "NOT_ROLLED_BACK"
