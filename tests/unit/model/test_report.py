"""What a report counts as changed, released, held, failed and unknown."""

from dataclasses import replace
from typing import Any

from deployer.model import change as kinds
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow

COMMON: dict[str, Any] = {"workflow": Workflow("triage", Source("a.flow", "drafts", "workflow", b"", None), ""), "observed": MISSING}
RELEASED = Outcome(change=kinds.Publish(**COMMON, release=True), outcome="done", live=True)


def counts(*outcomes: Outcome) -> tuple[int, int, int, int, int]:
    report = Report(mode="deploy", outcomes=outcomes)
    return report.changed, report.released, report.held, report.failed, report.unknown


def test_release_counts_as_changed_and_released() -> None:
    assert counts(RELEASED) == (1, 1, 0, 0, 0)
    assert counts(replace(RELEASED, outcome=None)) == (1, 0, 0, 0, 0)


def test_draft_and_preview_are_no_release() -> None:
    assert counts(replace(RELEASED, live=False)) == (1, 0, 0, 0, 0)
    assert counts(replace(RELEASED, change=kinds.WriteDraft(**COMMON))) == (1, 0, 0, 0, 0)
    assert counts(replace(RELEASED, change=replace(RELEASED.change, preview=Preview(12)))) == (1, 0, 0, 0, 0)


def test_unchanged_workflow_that_is_live_counts_as_nothing() -> None:
    assert counts(replace(RELEASED, change=kinds.Unchanged(**COMMON, release=True))) == (0, 0, 0, 0, 0)


def test_held_failed_and_unknown() -> None:
    held = Outcome(change=kinds.Hold(**COMMON), outcome="held")
    assert counts(held, replace(RELEASED, outcome="failed"), replace(RELEASED, outcome="unknown")) == (0, 0, 1, 1, 1)


def test_report_is_ok_with_exit_code_0_only() -> None:
    assert (Report(mode="plan").ok, Report(mode="plan", exit_code=1).ok) == (True, False)
