"""Suites run against callers that answer with anything: every case has a result, and every report of it is strict JSON."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from deployer.evals import runner
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import EvalSubject, RateLimiters, SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.http.clock import Clock
from deployer.model.report import Report
from deployer.model.secret import Redactor, Secret
from deployer.platforms.base import Run
from deployer.render import json_report

CASES = (
    Case("limits", {"message": "hi"}, {"contains": "fine"}, within=30, tokens=100, cost=5),
    Case("checks", {"message": "hi"}, {"matches": "f.ne", "schema": {"type": "object"}, "jmespath": "output.a == 'fine'"}),
)
NAN = float("nan")


def deep(levels: int) -> Any:
    value: Any = "fine"
    for _ in range(levels):
        value = [value]
    return value


class Answers:
    """A caller that gives these runs one after the other. An exception among them is raised."""

    per_minute = 0

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)

    def start(self, given: object) -> Run:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Run)
        return answer

    def result(self, run: Run) -> Run:
        return self.start(run)


def ended(**reported: Any) -> Run:
    return Run("r1", "SUCCEED", finished=True, succeeded=True, **{"output": {"a": "fine"}, "tokens": 1.0, "cost": 1.0, "seconds": 1.0, **reported})


def run(caller: Answers, cases: Sequence[Case] = CASES, seconds: float = 60) -> SuiteResult:
    subject = EvalSubject(workflow="triage", platform="gptbots", suite=Suite("evals/a.yml", tuple(cases)), caller=caller, account="a")
    redactor = OutputRedactor(Redactor([Secret("the-secret-key")]))
    (result,) = runner.run([subject], Clock(seconds), concurrency=1, redactor=redactor, rate_limiters=RateLimiters())
    return result


def statuses(result: SuiteResult) -> dict[str, str]:
    return {case.name: case.status for case in result.suite.cases}


def test_usual_answer_passes() -> None:
    assert statuses(run(Answers(ended()))) == {"limits": "passed", "checks": "passed"}


@pytest.mark.parametrize(
    "answer",
    [
        ended(cost=NAN),
        ended(tokens=float("inf")),
        ended(seconds=-float("inf"), tokens=-1e308, cost=-1e308, output="f"),
        ended(output={"a": "fine", "b": NAN}),
        ended(output={"a": "fine", "b": 10**400}),
        ended(output={"a": "fine", "b": deep(900)}),
        ended(output={"a": "fine", "b": deep(50_000)}),
        ended(output={"a": "fine" + "y" * 60_000_000}),
        ended(version="9" * 1_000_000),
        RecursionError("too deep"),
        OverflowError("too large"),
        AttributeError("'list' object has no attribute 'get'"),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_odd_answer_fails_its_case_and_no_other(answer: object) -> None:
    result = run(Answers(answer, ended()))
    assert statuses(result) == {"limits": "failed", "checks": "passed"}
    report = json_report.render(Report(mode="eval", evals=(result.suite,)))
    json.loads(report, parse_constant=pytest.fail)
    assert len(report) < 20_000


def test_durations_that_are_no_numbers_do_not_disturb_the_polling() -> None:
    started = Run("r1", "RUNNING", finished=False, succeeded=False, seconds=NAN)
    result = run(Answers(started, ended(seconds=NAN), started, ended(seconds=-5.0), started, ended()), [CASES[1]] * 3)
    assert [case.status for case in result.suite.cases] == ["failed", "passed", "passed"]


def test_case_without_end_fails_and_the_verdict_of_the_others_comes() -> None:
    endless = Case("endless", {}, {"matches": "(?=.*b)x"})
    result = run(Answers(ended(output="a" * 900_000)), [endless, Case("other", {}, {"contains": "aaa"})], seconds=4)
    (miss,) = result.suite.cases[0].runs[0].misses
    assert (miss.matcher, miss.expected) == ("matches", "a verdict")
    assert result.suite.passed is False


def test_outputs_are_kept_where_they_are_needed() -> None:
    assert run(Answers(ended())).outputs == {"limits": ({"a": "fine"},), "checks": ({"a": "fine"},)}
    subject = EvalSubject(
        workflow="triage", platform="gptbots", suite=Suite("a", CASES), caller=Answers(ended()), account="a", keeps_outputs=False
    )  # fmt: skip
    (result,) = runner.run([subject], Clock(60), concurrency=1, redactor=OutputRedactor(str), rate_limiters=RateLimiters())
    assert result.outputs == {"limits": (None,), "checks": (None,)}
