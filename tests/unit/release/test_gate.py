"""Which releases are evaluated, and what a failure does under `gate` and `report`. The whole of it runs in tests/integration/test_gate.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from observations import defined, listed
from run_contexts import run_context

from deployer.evals.compare import NO_BASELINE
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.model import marker
from deployer.model.change import Change, Hold, Unchanged, WriteDraft
from deployer.model.evals import CaseRun, EvalCase, EvalSuite, Figures, Miss
from deployer.model.failure import Failure
from deployer.model.observation import Observed, Version
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import EvalTarget
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.release import gate
from deployer.release.auto_rollback import FailedRelease, RollbackResult
from deployer.release.preflight import PreflightResult
from deployer.state.base import DeployRecord, EnvironmentState, EvalRecord, WorkflowRecord

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", {"name": "B"}), "TRIAGE")
OLD = Source("a.flow", "gptbots", "workflow", b"", {"name": "A"})
ROLLED_BACK = RollbackResult(True, Failure("ROLLED_BACK", "It was rolled back: 1 is live again.", ""))


def version(number: str, source: Source, *, live: bool = False, released_ms: int | None = None) -> Version:
    return Version(number, marker.describe("m", "abcdef1", marker.new(source.fingerprint)), live, "bot", released_ms=released_ms)


BEFORE = listed((version("1", OLD, live=True),), "bot")
AFTER = listed((version("2", FLOW.source, live=True), version("1", OLD)), "bot")
RECORD = DeployRecord(fingerprint=FLOW.fingerprint, version="2", target="bot", run="8.1")


def release(**more: Any) -> Change:
    return WriteDraft(**{"workflow": FLOW, "observed": BEFORE, "target": "bot", "release": True, **more})


def unchanged(observed: Observed = AFTER, **more: Any) -> Change:
    return Unchanged(**{"workflow": FLOW, "observed": observed, "target": "bot", "version": "2", "live": True, **more})


@dataclass
class Stage:
    """A deploy whose writes, runs of suites and rollbacks are recorded, not made."""

    passes: bool = True
    live: bool = True
    fail_on: Any = "any"
    compare: bool = False
    back: RollbackResult = ROLLED_BACK
    recorded: WorkflowRecord = field(default_factory=WorkflowRecord)
    gated: frozenset[str] = frozenset()
    evaluated: list[tuple[str, str]] = field(default_factory=list)
    rolled_back: list[FailedRelease] = field(default_factory=list)
    blocked: Any = None

    def deploy(self, monkeypatch: pytest.MonkeyPatch, *changes: Change, context: RunContext | None = None, release: bool = True) -> Report:
        context = context or run_context(evals="gate")
        suite = Suite("evals/triage.yml", (Case("greets", {}),), fail_on=self.fail_on, compare=self.compare)

        def run_suites(context: RunContext, _clients: object, targets: Sequence[EvalTarget], *_: object) -> dict[str, SuiteResult]:
            self.evaluated += [(target.about, target.version) for target in targets]
            return {target.workflow.name: self._result(context, target) for target in targets}

        def apply(_context: object, _project: object, prepared: PreparedPlan) -> Report:
            self.gated, self.blocked = prepared.policy.gated, prepared.blocked
            outcomes = [
                Outcome(change=change, outcome="held")
                if isinstance(change, Hold)
                else Outcome(change=change, outcome="done", live=self.live, version=change.version or "2")
                for change in prepared.plan
            ]
            return replace(prepared.report, outcomes=tuple(outcomes))

        def roll_back(_context: object, _project: object, _prepared: object, failing: Sequence[FailedRelease]) -> dict[str, RollbackResult]:
            self.rolled_back += failing
            return {failed.name: self.back for failed in failing}

        monkeypatch.setattr(gate, "suites_of", lambda *_: {"triage": suite})
        monkeypatch.setattr(gate, "run_suites", run_suites)
        monkeypatch.setattr(gate, "roll_back_failed", roll_back)
        monkeypatch.setattr("deployer.release.gate.execute.apply", apply)
        monkeypatch.setattr("deployer.release.gate.preflight.run_preflight", lambda *_: PreflightResult(refused={"triage": ROLLED_BACK.problem}))
        clients = Connections(context.settings, lambda _: None, context.clock, context.redactor)
        state, policy = EnvironmentState({"triage": self.recorded}), Policy(environment="production", release=release)
        prepared = PreparedPlan(Plan("production", changes), clients, policy, Report(mode="deploy"), state=state)
        return gate.deploy(context, Project("production", ("production",), (FLOW,), ()), prepared)

    def _result(self, context: RunContext, target: EvalTarget) -> SuiteResult:
        run = CaseRun(() if self.passes or target.about == "live" else (Miss("contains", "hello", "bye"),))
        case = EvalCase("greets", 1, "passed" if run.passed else "failed", (run,))
        blocking = context.settings.evals.policy == "gate"
        figures = Figures(1, int(run.passed))
        suite = EvalSuite("triage", "gptbots", "evals/triage.yml", target.about, target.version, run.passed, (case,), self.fail_on, blocking)
        return SuiteResult(suite._replace(figures=figures), {"greets": ("hello" if run.passed else "bye",)})


def test_failed_release_is_rolled_back_under_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, context = Stage(passes=False), run_context(evals="gate")
    report = stage.deploy(monkeypatch, release(), context=context)
    (outcome,) = report.outcomes
    assert stage.gated == {"triage"}
    assert [(failed.name, failed.fingerprint, failed.run) for failed in stage.rolled_back] == [("triage", FLOW.fingerprint, "9.1")]
    assert (outcome.outcome, outcome.live, outcome.error and outcome.error.code) == ("failed", False, "ROLLED_BACK")
    assert report.evals[0].follow_up == ROLLED_BACK.problem.message
    (verdict,) = context.services.state.read("production").of("triage").evals
    assert (verdict.passed, verdict.gate, verdict.version) == (False, True, "2")


def test_failed_release_stays_under_report(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, context = Stage(passes=False), run_context(evals="report")
    report = stage.deploy(monkeypatch, release(), context=context)
    assert (stage.gated, stage.rolled_back, report.outcomes[0].outcome) == (frozenset(), [], "done")
    assert [(suite.passed, suite.failed) for suite in report.evals] == [(False, False)]
    (verdict,) = context.services.state.read("production").of("triage").evals
    assert (verdict.passed, verdict.gate) == (False, False)


def test_release_that_passes_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    report = stage.deploy(monkeypatch, release())
    assert (stage.evaluated, stage.rolled_back, report.outcomes[0].outcome) == ([("release", "2")], [], "done")


def test_release_that_cannot_be_rolled_back_is_still_live(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(passes=False, back=RollbackResult(False, Failure("STILL_LIVE", "It is still live.", "")))
    (outcome,) = stage.deploy(monkeypatch, release()).outcomes
    assert (outcome.outcome, outcome.live, outcome.error and outcome.error.code) == ("failed", True, "STILL_LIVE")


@pytest.mark.parametrize("options", [{"evals": "off"}, {"evals": "gate", "sandbox": "true"}])
def test_nothing_is_evaluated_when_off_or_in_the_sandbox(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    stage = Stage(passes=False)
    report = stage.deploy(monkeypatch, release(), context=run_context(**options))
    assert (stage.evaluated, stage.gated, report.evals) == ([], frozenset(), ())
    assert report.notices == ((gate.ECHO,) if "sandbox" in options else ())


@pytest.mark.parametrize("change", [release(release=False), Hold(workflow=FLOW, observed=BEFORE, release=True), unchanged()])
def test_only_what_this_run_releases_is_evaluated(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    stage = Stage(passes=False)
    stage.deploy(monkeypatch, change)
    assert stage.evaluated == []


def test_draft_that_did_not_go_live_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(passes=False, live=False)
    stage.deploy(monkeypatch, release())
    assert stage.evaluated == []


def test_what_the_preflight_refuses_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.deploy(monkeypatch, release())
    assert set(stage.blocked) == {"triage"}


def test_out_of_time_leaves_the_verdict_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, context = Stage(passes=False), run_context(evals="gate", seconds=gate.MIN_ROLLBACK_S / 2)
    report = stage.deploy(monkeypatch, release(), context=context)
    (outcome,) = report.outcomes
    assert (stage.rolled_back, outcome.live, outcome.error and outcome.error.code) == ([], True, "EVALS_NOT_OVER")
    assert context.services.state.read("production").of("triage").evals == ()


def test_out_of_time_records_what_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    context = run_context(evals="gate", seconds=gate.MIN_ROLLBACK_S / 2)
    Stage().deploy(monkeypatch, release(), context=context)
    assert [verdict.passed for verdict in context.services.state.read("production").of("triage").evals] == [True]


def test_release_of_an_earlier_run_without_a_verdict_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(passes=False, recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
    stage.deploy(monkeypatch, unchanged())
    assert (stage.evaluated, [failed.run for failed in stage.rolled_back]) == ([("release", "2")], ["8.1"])


def test_release_of_an_earlier_run_that_this_run_replaces_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    for live, expected in ((True, [("release", "3")]), (False, [])):
        stage = Stage(live=live, recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
        stage.deploy(monkeypatch, release(workflow=FLOW._replace(source=OLD.overlaid({"name": "C"})), observed=AFTER, version="3"))
        assert stage.evaluated == expected


def test_release_of_an_earlier_run_that_is_not_live_any_more_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
    stage.deploy(monkeypatch, Hold(workflow=FLOW, observed=BEFORE, target="bot"))
    assert stage.evaluated == []


def test_release_of_an_earlier_run_is_rolled_back_where_this_run_holds_its_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its evals failed there, and the rollback was not carried out: the workflow is held, and what is live is rolled back all the same."""
    stage = Stage(passes=False, recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
    (outcome,) = stage.deploy(monkeypatch, Hold(workflow=FLOW, observed=AFTER, target="bot", status="held_rolled_back")).outcomes
    assert (outcome.outcome, outcome.status, outcome.live) == ("failed", "rolled_back", False)
    assert outcome.error
    assert outcome.error.code == "ROLLED_BACK"


def test_held_file_is_not_called_live_where_the_earlier_release_could_not_be_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another content is live than that of the file, which is held for the next release."""
    recorded = WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD)
    stage = Stage(passes=False, back=RollbackResult(False, Failure("STILL_LIVE", "It is still live.", "")), recorded=recorded)
    (outcome,) = stage.deploy(monkeypatch, Hold(workflow=FLOW, observed=AFTER, target="bot")).outcomes
    assert (outcome.outcome, outcome.live) == ("failed", False)


def test_release_of_an_earlier_run_that_passes_leaves_its_workflow_held(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
    (outcome,) = stage.deploy(monkeypatch, Hold(workflow=FLOW, observed=AFTER, target="bot", status="held_edited")).outcomes
    assert (outcome.outcome, outcome.status) == ("held", "held_edited")


def test_release_of_an_earlier_run_under_report_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(recorded=WorkflowRecord(live=RECORD, releases=(RECORD,), awaiting_evals=RECORD))
    stage.deploy(monkeypatch, unchanged(), context=run_context(evals="report"))
    assert stage.evaluated == []


FAILED = EvalRecord(fingerprint=FLOW.fingerprint, passed=False)


@pytest.mark.parametrize(
    ("verdict", "earlier", "other_version", "release", "expected"),
    [
        (FAILED, None, None, False, 0),
        (FAILED, None, None, True, 1),
        (replace(FAILED, passed=True), None, None, False, 1),
        (FAILED, DeployRecord(fingerprint=OLD.fingerprint, version="1", target="bot"), None, False, 1),
        (FAILED, None, 5, False, 1),
    ],
)
def test_failed_release_with_nothing_to_go_back_to_is_evaluated_by_a_release_only(
    monkeypatch: pytest.MonkeyPatch, verdict: EvalRecord, earlier: DeployRecord | None, other_version: int | None, release: bool, expected: int
) -> None:
    releases = (earlier, RECORD) if earlier else (RECORD,)
    stage = Stage(recorded=WorkflowRecord(live=RECORD, releases=releases, evals=(verdict,), awaiting_evals=RECORD))
    observed = listed((version("2", FLOW.source, live=True, released_ms=9), version("1", OLD, released_ms=other_version)), "bot")
    stage.deploy(monkeypatch, unchanged(observed), release=release)
    assert len(stage.evaluated) == expected


@pytest.mark.parametrize(("compare", "fail_on", "expected"), [(True, "any", 1), (False, "regression", 1), (False, "any", 0)])
def test_live_version_is_evaluated_first_where_a_suite_compares(monkeypatch: pytest.MonkeyPatch, compare: bool, fail_on: str, expected: int) -> None:
    stage = Stage(compare=compare, fail_on=fail_on)
    report = stage.deploy(monkeypatch, release())
    assert stage.evaluated == [("live", "1")] * expected + [("release", "2")]
    assert bool(report.evals[0].comparison) == bool(expected)


def test_nothing_live_is_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(fail_on="regression", passes=False)
    report = stage.deploy(monkeypatch, release(observed=listed((version("1", OLD),), "bot")))
    assert stage.evaluated == [("release", "2")]
    assert NO_BASELINE in report.evals[0].notes
    assert len(stage.rolled_back) == 1


def test_inactive_definition_is_not_evaluated_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for status, expected in (("active", ["live", "release"]), ("inactive", ["release"])):
        stage = Stage(compare=True)
        stage.deploy(monkeypatch, release(observed=defined("wf_1", {"status": status})))
        assert [about for about, _ in stage.evaluated] == expected


def test_recorded_figures_of_the_live_release_are_shown_without_a_comparing_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    live = DeployRecord(fingerprint=OLD.fingerprint, version="1", target="bot")
    figures = EvalRecord(fingerprint=OLD.fingerprint, version="1", runs=4, rate=0.5)
    report = Stage(recorded=WorkflowRecord(live=live, evals=(figures,))).deploy(monkeypatch, release())
    comparison = report.evals[0].comparison
    assert comparison
    assert (comparison.version, comparison.before.passes, comparison.cases) == ("1", 2, ())
    other = replace(figures, fingerprint="f" * 64)
    assert Stage(recorded=WorkflowRecord(live=live, evals=(other,))).deploy(monkeypatch, release()).evals[0].comparison is None
