"""The exit code of a run (docs/inputs.md, "Exit codes"): 0 success, 1 failed, 2 wrong request, 3 bug in Flowship, 4 unknown outcome,
5 a plan with something to do, where that was asked for."""

from deployer.model.finding import Finding
from deployer.model.outcome import BUG_CODE, Outcome
from deployer.model.report import Report

FAILED, USAGE, BUG, UNKNOWN, CHANGES = 1, 2, 3, 4, 5


def exit_code(report: Report) -> int:
    """The exit code of a report. When several apply: 3, 4, 2, 1, 5."""
    codes = {report.exit_code, *(_code_of(outcome, release=report.release) for outcome in report.outcomes)}
    stopping = has_errors(report.findings) and report.mode != "adopt"  # adopted files are written as found, with their mistakes
    codes.add(FAILED if stopping or any(not row.ok for row in report.doctor) or any(suite.failed for suite in report.evals) else 0)
    return next((code for code in (BUG, UNKNOWN, USAGE, FAILED, CHANGES) if code in codes), 0)


def _code_of(outcome: Outcome, *, release: bool) -> int:
    """A release that holds a workflow because it was edited on the platform is not all that was asked for."""
    if outcome.error and outcome.error.code == BUG_CODE:
        return BUG
    if outcome.outcome == "unknown":
        return UNKNOWN
    change = outcome.change
    never_tried = outcome.outcome == "skipped" and change.writes
    held_by_drift = release and outcome.outcome == "held" and outcome.status == "held_edited"
    return FAILED if outcome.outcome == "failed" or never_tried or held_by_drift or change.action == "fail" else 0


def has_errors(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity == "error" for finding in findings)
