"""Which previews are evaluated, and which of their failures count."""

from collections.abc import Sequence
from typing import Any

import pytest
from run_contexts import run_context

from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Suite
from deployer.model.change import AcquireSlot
from deployer.model.evals import EvalSuite
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.eval_session import EvalTarget
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.previews import evals

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", {}), "P1")
SUITE = Suite("evals/triage.yml", ())


def outcome(preview: Preview | None = Preview(12, location="P1"), **more: Any) -> Outcome:  # noqa: B008
    change = AcquireSlot(workflow=FLOW, observed=Observed(), target="t1", release=True, preview=preview)
    return Outcome(**{"change": change, "outcome": "done", "live": True, "version": "3", "location": "P2", **more})


def evaluate(monkeypatch: pytest.MonkeyPatch, *outcomes: Outcome, **options: str) -> tuple[Report, list[EvalTarget]]:
    subjects: list[EvalTarget] = []

    def run_suites(_context: object, _connections: object, targets: Sequence[EvalTarget], *_: object) -> dict[str, SuiteResult]:
        subjects.extend(targets)
        suite = EvalSuite("triage", "gptbots", SUITE.path, "preview", "3", passed=False)
        return {target.workflow.name: SuiteResult(suite, {}) for target in targets}

    monkeypatch.setattr(evals, "suites_of", lambda *_: {"triage": SUITE})
    monkeypatch.setattr(evals, "run_suites", run_suites)
    context = run_context(**{"evals": "gate", **options})  # type: ignore[arg-type]
    connections = Connections(context.settings, lambda _: None, context.clock, context.redactor)
    project = Project("production", ("production",), (FLOW,), ())
    return evals.evaluate_previews(context, project, connections, Report(mode="preview", outcomes=outcomes)), subjects


def test_preview_is_evaluated_in_the_slot_that_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    report, (subject,) = evaluate(monkeypatch, outcome())
    assert (subject.workflow.key, subject.version, subject.target, subject.blocked_reason) == ("P2", "3", "t1", "")
    assert [suite.failed for suite in report.evals] == [True]


def test_failure_of_a_preview_that_lacks_something_is_only_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = evaluate(monkeypatch, outcome(limitations="knowledge bases"))
    assert [(suite.passed, suite.failed, suite.notes) for suite in report.evals] == [(False, False, (evals.REDUCED,))]


@pytest.mark.parametrize("skipped", [outcome(None), outcome(outcome="failed"), outcome(Preview(12, ended=True)), outcome(outcome=None)])
def test_only_written_previews_are_evaluated(monkeypatch: pytest.MonkeyPatch, skipped: Outcome) -> None:
    report, subjects = evaluate(monkeypatch, skipped)
    assert (report.evals, subjects) == ((), [])


@pytest.mark.parametrize("options", [{"evals": "off"}, {"sandbox": "true"}])
def test_nothing_is_evaluated_when_off_or_in_the_sandbox(monkeypatch: pytest.MonkeyPatch, options: dict[str, str]) -> None:
    assert evaluate(monkeypatch, outcome(), **options)[1] == []


def test_preview_that_is_not_live_cannot_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (subject,) = evaluate(monkeypatch, outcome(live=False))
    assert subject.blocked_reason == evals.NOT_LIVE
