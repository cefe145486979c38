"""The exit code of a report, and which one wins."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.model import change as kinds
from deployer.model.evals import EvalSuite
from deployer.model.exit_codes import BUG, FAILED, UNKNOWN, USAGE, exit_code
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.observation import MISSING
from deployer.model.outcome import BUG_CODE, Outcome, OutcomeCode
from deployer.model.report import DoctorRow, Report
from deployer.model.workflow import Source, Workflow

COMMON: dict[str, Any] = {"workflow": Workflow("triage", Source("a.flow", "drafts", "workflow", b"", None), ""), "observed": MISSING}
WRITE = kinds.WriteDraft(**COMMON)
ERROR = Finding("rule", "error", "m", "f", "a.flow")


def outcome(code: OutcomeCode | None, change: kinds.Change = WRITE, error: str = "") -> Outcome:
    return Outcome(change=change, outcome=code, error=Failure(error, "", "") if error else None)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        ([outcome("done")], 0),
        ([outcome(None)], 0),
        ([outcome("held", kinds.Hold(**COMMON))], 0),
        ([outcome("skipped", kinds.Superseded(**COMMON))], 0),
        ([outcome("skipped")], FAILED),
        ([outcome("failed")], FAILED),
        ([outcome(None, kinds.Fail(**COMMON, code="c", message="m", fix=""))], FAILED),
        ([outcome("failed"), outcome("unknown")], UNKNOWN),
        ([outcome("failed", error=BUG_CODE), outcome("unknown")], BUG),
        ([outcome("failed", error="403")], FAILED),
    ],
)
def test_exit_code_of_outcomes(outcomes: list[Outcome], code: int) -> None:
    assert exit_code(Report(mode="deploy", outcomes=tuple(outcomes))) == code


@pytest.mark.parametrize(("release", "outcome_code", "code"), [(True, "held", FAILED), (False, "held", 0), (True, None, 0)])
def test_release_that_holds_an_edited_workflow_fails(release: bool, outcome_code: OutcomeCode | None, code: int) -> None:
    held = outcome(outcome_code, kinds.Hold(**COMMON, drifted=True))
    assert exit_code(Report(mode="deploy", release=release, outcomes=(held,))) == code
    assert exit_code(Report(mode="deploy", release=True, outcomes=(outcome("held", kinds.Hold(**COMMON)),))) == 0


def test_wrong_request_wins_over_a_failure_and_loses_to_an_unknown_outcome() -> None:
    report = Report(mode="deploy", exit_code=USAGE, outcomes=(outcome("failed"),))
    assert exit_code(report) == USAGE
    assert exit_code(replace(report, outcomes=(outcome("unknown"),))) == UNKNOWN


def test_error_finding_fails_unless_files_were_adopted_with_it() -> None:
    assert exit_code(Report(mode="lint", findings=(ERROR,))) == FAILED
    assert exit_code(Report(mode="lint", findings=(ERROR._replace(severity="warning"),))) == 0
    assert exit_code(Report(mode="adopt", findings=(ERROR,))) == 0


def test_doctor_row_that_is_not_ok_fails() -> None:
    assert [exit_code(Report(mode="doctor", doctor=(DoctorRow("w", "e", "drafts", ok, ""),))) for ok in (True, False)] == [0, FAILED]


@pytest.mark.parametrize(("passed", "blocking", "code"), [(True, True, 0), (False, True, FAILED), (False, False, 0)])
def test_failed_evals_fail_only_when_they_block(passed: bool, blocking: bool, code: int) -> None:
    suite = EvalSuite("w", "drafts", "evals/w.yml", "release", "1", passed, blocking=blocking)
    assert exit_code(Report(mode="eval", evals=(suite,))) == code
