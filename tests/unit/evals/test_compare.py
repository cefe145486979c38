"""Which cases regressed against what was live, and whether the suite passes by that."""

from typing import Any

import pytest

from deployer.evals.compare import compare, with_figures
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult, figures
from deployer.model.evals import CaseRun, EvalCase, EvalSuite, Miss
from deployer.state.base import EvalRecord

WRONG = Miss("contains", "hello", "bye")
REDACTOR = OutputRedactor(lambda text: text.replace("the-key", "***"))


def case(name: str, runs: str, status: Any = "") -> EvalCase:
    """`runs`: a letter each: `p` passed, `f` failed, `v` answered in another version, `r` refused."""
    misses = {"p": (), "f": (WRONG,), "v": (Miss("version", "2", "3"),), "r": (Miss("answer", "an answer", "refused"),)}
    made = tuple(CaseRun(misses[letter], run="" if letter == "r" else "1") for letter in runs)
    return EvalCase(name, 1, status or ("passed" if set(runs) == {"p"} else "failed"), made)


def result(*cases: EvalCase, fail_on: Any = "regression", **outputs: object) -> SuiteResult:
    passed = all(each.status in ("passed", "skipped") for each in cases)
    suite = EvalSuite("triage", "gptbots", "evals/triage.yml", "release", "2", passed, cases, fail_on, figures=figures(cases))
    return SuiteResult(suite, {name: (output,) for name, output in outputs.items()})


def passes(before: str, after: str, **more: Any) -> bool:
    return compare(result(case("a", before)), result(case("a", after), **more), REDACTOR).passed


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("p", "p", True), ("p", "f", False), ("f", "f", True), ("f", "p", True), ("v", "f", False), ("r", "f", False),
        ("pppp", "ppff", True), ("pppp", "ffff", False), ("ffff", "ffff", True), ("p" * 10, "p" * 5 + "f" * 5, False),
    ],
)  # fmt: skip
def test_only_regressions_fail_under_regression(before: str, after: str, expected: bool) -> None:
    assert passes(before, after) == expected


def test_any_failure_fails_under_any() -> None:
    assert not passes("f", "f", fail_on="any")


def test_new_case_that_fails_and_case_that_was_not_run_count() -> None:
    before = result(case("a", "p"))
    assert not compare(before, result(case("a", "p"), case("b", "f")), REDACTOR).passed
    assert not compare(before, result(case("a", "", "not_run")), REDACTOR).passed
    assert compare(before, result(case("a", "p"), case("b", "p"), case("c", "", "skipped")), REDACTOR).passed


def test_outputs_are_shown_where_they_differ_and_redacted() -> None:
    def outputs(before: object, after: object) -> tuple[str, str]:
        suite = compare(result(case("a", "p"), a=before), result(case("a", "p"), a=after), REDACTOR)
        assert suite.comparison
        return suite.comparison.cases[0].output_before, suite.comparison.cases[0].output_after

    assert outputs({"n": 1}, {"n": 1.0}) == ("", "")
    assert outputs("the-key", {"n": True}) == ("***", '{"n": true}')


def test_recorded_figures_decide_nothing() -> None:
    suite = with_figures(result(case("a", "f")).suite, EvalRecord(fingerprint="f", commit="c0ffee123", runs=3, rate=0.6667))
    assert suite.comparison
    assert (suite.comparison.version, suite.comparison.before.passes, suite.passed) == ("c0ffee1", 2, False)
