"""The results of evals in words."""

from typing import Any

import pytest

from deployer.model.evals import CaseRun, ComparedCase, EvalCase, EvalSuite, Miss
from deployer.model.report import Report
from deployer.render import evals_summary

GOOD = CaseRun(())
BAD = CaseRun((Miss("contains", "14 days", "No."),))


def suite(*cases: EvalCase, passed: bool = False, **fields: Any) -> EvalSuite:
    return EvalSuite("a", "gptbots", "evals/a.yml", "live", "", passed, cases, **fields)


def test_headline_counts_the_cases_of_all_suites(reports: dict[str, Report]) -> None:
    assert evals_summary.headline(()) == ""
    assert evals_summary.headline(reports["evals"].evals) == "2 of 4 cases passed, 1 failed, 1 not run, 1 skipped"


def test_failed_cases_come_first_each_kind_in_its_order() -> None:
    cases = (
        EvalCase("p", 1, "passed"),
        EvalCase("n", 2, "not_run"),
        EvalCase("f", 3, "failed"),
        EvalCase("s", 4, "skipped"),
        EvalCase("g", 5, "failed"),
    )
    assert [case.name for case in evals_summary.failed_first(suite(*cases))] == ["f", "g", "n", "p", "s"]


@pytest.mark.parametrize(("passed", "end"), [(True, "; nothing got worse than what was live"), (False, "")])
def test_failed_cases_of_a_suite_that_passes_are_no_regression(passed: bool, end: str) -> None:
    cases = (EvalCase("f", 1, "failed", (BAD,)), EvalCase("p", 2, "passed", (GOOD,)), EvalCase("s", 3, "skipped"))
    assert evals_summary.summary(suite(*cases, passed=passed)) == f"1 of 2 cases failed (live){end}"
    assert evals_summary.summary(suite(*cases[1:], passed=True)) == "1 case passed (live)"


def test_rate_only_of_a_case_that_is_repeated() -> None:
    case = EvalCase("r", 1, "failed", (GOOD,) * 7 + (BAD,) * 3, 0.95, low=0.397, high=0.892)
    assert evals_summary.rate(case) == "7 of 10 passed (70 %, 95 % interval 40 to 89 %), 95 % needed"
    assert evals_summary.rate(case._replace(runs=(BAD,))) == ""


def test_reason_of_a_skipped_case_else_its_rate() -> None:
    assert evals_summary.reason(EvalCase("s", 1, "skipped", why="until Monday")) == "skipped: until Monday"
    assert evals_summary.reason(EvalCase("f", 1, "failed", (BAD,), why="ignored")) == ""


def test_failures_that_missed_the_same_are_shown_once() -> None:
    other = CaseRun((Miss("within", "30 s", "31 s"),))
    assert evals_summary.failures(EvalCase("f", 1, "failed", (GOOD, BAD, BAD._replace(output="x"), other))) == [BAD, other]


def test_regressed_cases_come_first_and_unchanged_ones_are_left_out(reports: dict[str, Report]) -> None:
    triage = reports["evals"].evals[0]
    assert triage.comparison is not None
    same = ComparedCase("same", "1/1", "1/1", False)
    comparison = triage.comparison._replace(cases=(same, *triage.comparison.cases))
    names = [case.case for case in evals_summary.differing_cases(triage._replace(comparison=comparison))]
    assert names == ["a refund names the time it takes", "thanks"]
    assert evals_summary.differing_cases(triage._replace(comparison=None)) == []


def test_verdict_of_a_compared_case() -> None:
    assert evals_summary.compared(ComparedCase("a", "9/10", "4/10", True, 0.03)) == f"9/10 before, 4/10 now: worse (p = 0.03, {evals_summary.TEST})"
    assert evals_summary.compared(ComparedCase("a", "1/1", "1/1", False)) == "1/1 before, 1/1 now: the same"
