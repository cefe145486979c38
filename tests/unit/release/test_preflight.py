"""What evals before a release refuse, what they only report, and what is deleted afterwards."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from run_contexts import run_context

from deployer.evals.runner import RateLimiters, SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.change import AcquireSlot, Change, Fail, Remove, WriteDraft
from deployer.model.errors import UsageError
from deployer.model.evals import CaseRun, ComparedCase, Comparison, EvalCase, EvalSuite, Figures, Miss
from deployer.model.failure import Failure
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.eval_session import EvalTarget
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.previews import PoolExhausted, PreviewDecision, PreviewRequest
from deployer.previews import targets
from deployer.release import preflight
from deployer.release.preflight import PreflightClock, PreflightResult, run_preflight

WRONG, SILENT = Miss("contains", "hello", "bye"), Miss("answer", "an answer", "no result after 120 s")


def workflow(name: str = "triage", **more: Any) -> Workflow:
    return Workflow(name, Source(f"{name}.flow", "gptbots", more.pop("kind", "workflow"), b"", {"name": name}), name.upper(), **more)


def release(name: str = "triage", **more: Any) -> Change:
    return WriteDraft(**{"workflow": workflow(name), "observed": Observed(id="bot"), "target": "bot", "release": True, **more})


class Stage:
    """Evals before a release whose previews and runs are recorded, not made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.miss: Miss | None = None
        self.limitations = ""
        self.comparison: Comparison | None = None
        self.through: Any = "auto"
        self.evaluated: list[str] = []
        self.rounds: list[list[str]] = []
        self.deleted: list[str] = []
        self.slots = 9
        self.status: Any = "done"
        self.ran_through: list[str] = []
        self.stop = False
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(preflight, "decide", self._decide)
        monkeypatch.setattr(preflight, "run_suites", self._run_suites)
        monkeypatch.setattr(targets, "carry_out", self._carry_out)
        monkeypatch.setattr("deployer.platforms.listing.Listing.all", lambda *_: ())

    def run(self, *changes: Change, keys: str = "P1=preview-key-1", preview: Any = None, key: str = "", id_: str = "") -> PreflightResult:
        context = run_context(keys=keys, evals="gate")
        changes = changes or (release(),)
        names = [change.workflow.name for change in changes]
        settings = preview or {"keys": ["P1"]}
        entries = tuple(WorkflowEntry(name, f"{name}.flow", "gptbots", key or name.upper(), id_, preview=settings) for name in names)
        project = Project("production", ("production",), (), (), Manifest("flowship.yml", ("production",), entries))
        connections = Connections(context.settings, lambda _: None, context.clock, context.redactor)
        policy = Policy(environment="production", release=True)
        prepared = PreparedPlan(Plan("production", changes), connections, policy, Report(mode="deploy"))
        suites = {name: Suite(f"evals/{name}.yml", (Case("greets", {}),), through=self.through) for name in names}
        return run_preflight(context, project, prepared, suites, lambda result: result.suite, RateLimiters())

    def _decide(self, context: Any, _: object, requests: Sequence[PreviewRequest], policy: Policy) -> dict[str, PreviewDecision]:
        self.rounds.append([request.workflow.name for request in requests])
        if self.stop:
            context.clock.stop()
        decisions = {}
        for number, request in enumerate(requests):
            change = AcquireSlot(workflow=request.workflow, observed=Observed(id="slot"), target="slot", release=True)
            full = number >= self.slots
            slots = ((request.workflow, "slot"),)
            full_pool = PoolExhausted("the pool is full")
            decisions[request.workflow.name] = PreviewDecision((), full_pool, slots) if full else PreviewDecision((change,), None, slots)
        return decisions

    def _carry_out(self, _: object, _environment: str, changes: Sequence[Change], *rest: object) -> tuple[Outcome, ...]:
        if rest[-1] == preflight.MESSAGE:
            self.deleted += [change.workflow.name for change in changes]
            return tuple(Outcome(change=change, outcome="done") for change in changes)
        error = None if self.status == "done" else Failure("X", "it was not written", "")
        return tuple(
            Outcome(change=change, outcome=self.status, live=True, location="P1", limitations=self.limitations, error=error) for change in changes
        )

    def _run_suites(self, _context: object, _connections: object, subjects: Sequence[EvalTarget], *_: object) -> dict[str, SuiteResult]:
        results = {}
        for subject in subjects:
            self.evaluated.append(subject.workflow.name)
            self.ran_through.append(subject.suite.through)
            run = CaseRun((self.miss,) if self.miss else ())
            case = EvalCase("greets", 1, "failed" if self.miss else "passed", (run,))
            suite = EvalSuite(
                subject.workflow.name, "gptbots", subject.suite.path, "preflight", "", self.miss is None, (case,),
                "regression" if self.comparison else "any", comparison=self.comparison,
            )  # fmt: skip
            results[subject.workflow.name] = SuiteResult(suite, {})
        return results


def test_failed_workflow_is_refused_and_its_preview_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.miss = WRONG
    result = stage.run()
    assert result.refused["triage"].code == "EVALS_FAILED"
    assert ([suite.failed for suite in result.suites], stage.deleted) == ([True], ["triage (P1)"])


def test_passed_workflow_is_not_refused_and_its_preview_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    result = stage.run()
    assert (result.refused, [suite.passed for suite in result.suites], stage.deleted, result.notices) == ({}, [True], ["triage (P1)"], ())


def test_failure_of_a_preview_that_lacks_something_is_only_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.miss, stage.limitations = WRONG, "knowledge bases"
    result = stage.run()
    assert (result.refused, [(suite.passed, suite.failed) for suite in result.suites]) == ({}, [(False, False)])


@pytest.mark.parametrize(("miss", "stop", "refused"), [(SILENT, False, True), (SILENT, True, False), (WRONG, True, True)])
def test_missing_answer_after_a_cut_off_is_only_reported(monkeypatch: pytest.MonkeyPatch, miss: Miss, stop: bool, refused: bool) -> None:
    stage = Stage(monkeypatch)
    stage.miss, stage.stop = miss, stop
    result = stage.run()
    assert bool(result.refused) == refused
    assert result.suites[0].failed == refused


@pytest.mark.parametrize(("regressed", "refused"), [(True, True), (False, False)])
def test_case_that_failed_before_too_does_not_refuse_under_regression(monkeypatch: pytest.MonkeyPatch, regressed: bool, refused: bool) -> None:
    stage = Stage(monkeypatch)
    stage.miss, stage.comparison = WRONG, Comparison("1", Figures(), Figures(), (ComparedCase("greets", "1/1", "0/1", regressed),))
    assert bool(stage.run().refused) == refused


@pytest.mark.parametrize(
    "change",
    [
        release(release=False),
        Fail(workflow=workflow(), observed=Observed(), release=True, code="X", message="", fix=""),
        Remove(workflow=workflow(), observed=Observed(), release=True),
        release(workflow=workflow(kind="agent")),
    ],
)
def test_only_workflows_that_go_live_get_a_preview(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    stage = Stage(monkeypatch)
    assert (stage.run(change), stage.rounds) == (PreflightResult(), [])


def test_without_a_preview_key_nothing_is_evaluated_before(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    assert (stage.run(keys=""), stage.rounds) == (PreflightResult(), [])


@pytest.mark.parametrize("laid_over", [{"steps[id=x].a": 1}, {"name": "${NAME}"}])
def test_settings_that_do_not_fit_are_reported(monkeypatch: pytest.MonkeyPatch, laid_over: dict[str, Any]) -> None:
    stage = Stage(monkeypatch)
    (notice,) = stage.run(preview={"keys": ["P1"], "set": laid_over}).notices
    assert notice.startswith("Not evaluated before the release, but after it: triage: ")
    assert stage.rounds == []


def test_drift_that_forbids_the_deploy_forbids_previews(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    drifted = Fail(workflow=workflow("another"), observed=Observed(), code="DRIFT", message="", fix="")
    assert (stage.run(release(), drifted), stage.rounds) == (PreflightResult(), [])


def test_workflows_take_turns_in_a_small_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.slots = 1
    result = stage.run(release("a"), release("b"))
    assert (stage.rounds, stage.evaluated, result.notices) == ([["a", "b"], ["b"]], ["a", "b"], ())


def test_pool_of_others_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.slots = 0
    result = stage.run()
    assert (len(stage.rounds), stage.evaluated, result.refused) == (1, [], {})
    assert result.notices == ("Not evaluated before the release, but after it: triage: the pool is full.",)


@pytest.mark.parametrize(("status", "deleted"), [("failed", ["triage (P1)"]), ("unknown", ["triage (P1)"]), ("held", []), ("skipped", [])])
def test_preview_that_was_not_written_is_not_evaluated(monkeypatch: pytest.MonkeyPatch, status: str, deleted: list[str]) -> None:
    stage = Stage(monkeypatch)
    stage.status = status
    result = stage.run()
    assert (stage.evaluated, result.refused, stage.deleted) == ([], {}, deleted)
    assert "it was not written" in result.notices[0]


def test_webhook_suites_run_through_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    stage.through = "webhook"
    result = stage.run()
    assert (stage.ran_through, preflight.VIA_API in result.suites[0].notes) == (["auto"], True)
    stage.through = "async"
    assert stage.run().suites[0].notes == ()
    assert stage.ran_through[-1] == "async"


def test_previews_are_deleted_when_evaluating_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    monkeypatch.setattr(preflight, "run_suites", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stage.run()
    assert stage.deleted == ["triage (P1)"]


def test_stopped_run_still_has_time_to_delete(monkeypatch: pytest.MonkeyPatch) -> None:
    context = run_context()
    share = PreflightClock(context.clock, 0.0)
    context.clock.stop()
    assert share.stopped
    assert preflight.STOP_GRACE_S - 1 < share.until_killed().remaining <= preflight.STOP_GRACE_S
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert preflight.MIN_DELETE_S - 0.1 < share.until_killed().remaining <= preflight.MIN_DELETE_S


@pytest.mark.parametrize("settings", [{"key": "P1"}, {"id_": "slot"}])
def test_preview_key_that_deploys_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    stage = Stage(monkeypatch)
    with pytest.raises(UsageError):
        stage.run(**settings)
    assert (stage.evaluated, stage.deleted) == ([], [])
