"""Answers as platforms give them, whatever they hold: fit to be checked and shown, or a problem that fails the case."""

import json
from dataclasses import replace
from typing import Any

import pytest

from deployer.evals.answers import MAX_ANSWER_CHARS, find_flaw, read_answer
from deployer.evals.assertions import find_misses
from deployer.evals.runner import figures
from deployer.evals.suite import Case
from deployer.model.evals import CaseRun, EvalCase
from deployer.model.strict_json import MAX_DEPTH
from deployer.platforms.base import Run, reported_number

NAN, INFINITY = float("nan"), float("inf")


def nested(depth: int, kind: str = "list") -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


def run(**reported: Any) -> Run:
    return Run("r1", "SUCCEED", finished=True, succeeded=True, **{"output": "fine", **reported})


@pytest.mark.parametrize(
    ("output", "flaw"),
    [
        ("y" * (MAX_ANSWER_CHARS + 1), "characters"),
        ("y" * 60_000_000, "characters"),
        (["y" * 1000] * 1001, "characters"),
        ([[]] * 500_001, "characters"),
        ({"y" * MAX_ANSWER_CHARS: 1}, "characters"),
        (nested(MAX_DEPTH + 1), "nested"),
        (nested(MAX_DEPTH + 1, "mapping"), "nested"),
        (nested(100_000), "nested"),
        ({"a": [NAN]}, "number"),
        ([INFINITY], "number"),
        (-INFINITY, "number"),
        (10**400, "number"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) or len(value) > 20 else value,
)
def test_output_that_cannot_be_checked_is_a_problem(output: Any, flaw: str) -> None:
    answer = read_answer(run(output=output), 1.0)
    assert flaw in answer.problem
    assert answer.output is None
    (miss,) = find_misses(Case("a", {}, {"not_contains": "nothing"}), answer)
    assert (miss.matcher, flaw in miss.actual) == ("answer", True)


@pytest.mark.parametrize("output", ["y" * 900_000, nested(MAX_DEPTH), [1, 1.5, True, None, {}, [], ""], 10**300, -1e308, "half \ud800", "nul \0"])
def test_unusual_output_is_an_answer(output: Any) -> None:
    assert find_flaw(output) == ""
    assert read_answer(run(output=output), 1.0).output is output


@pytest.mark.parametrize("name", ["seconds", "tokens", "cost"])
@pytest.mark.parametrize("value", [NAN, INFINITY, 1e300, reported_number(10**400)])
def test_figure_that_is_no_number_fails_the_case(name: str, value: float) -> None:
    answer = read_answer(run(**{name: value}), 1.0)
    assert name in answer.problem
    assert find_misses(Case("a", {}), answer) != ()


@pytest.mark.parametrize("name", ["tokens", "cost"])
@pytest.mark.parametrize("value", [-5.0, -1e308, -INFINITY, None])
def test_figure_below_zero_passes_no_limit(name: str, value: float | None) -> None:
    answer = read_answer(run(**{name: value}), 1.0)
    limits: dict[str, Any] = {name: 5}
    limited = Case("a", {}, {"equals": "fine"}, **limits)
    assert [miss.matcher for miss in find_misses(limited, answer)] == [name]
    assert find_misses(Case("a", {}, {"equals": "fine"}), answer) == ()


def test_duration_below_zero_is_the_measured_one() -> None:
    answer = read_answer(run(seconds=-1.0), 7.0)
    assert answer.seconds == 7.0
    assert [miss.matcher for miss in find_misses(Case("a", {}, {}, within=5), answer)] == ["within"]


@pytest.mark.parametrize("name", ["status", "version", "id"])
def test_name_without_end_is_a_problem(name: str) -> None:
    endless: dict[str, Any] = {name: "9" * 100_000}
    answer = read_answer(replace(run(), **endless), 1.0)
    assert name in answer.problem
    assert len(answer.problem) < 200
    assert max(map(len, (answer.run, answer.status, answer.version))) <= 200


def test_sums_of_the_largest_figures_are_numbers_of_json() -> None:
    largest = [read_answer(run(seconds=1e15, tokens=1e15, cost=1e15), 1.0) for _ in range(3)]
    runs = tuple(CaseRun(seconds=answer.seconds, tokens=answer.tokens, cost=answer.cost) for answer in largest)
    assert json.loads(json.dumps(figures([EvalCase("a", 1, "passed", runs)]), allow_nan=False))


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1.0), (1.5, 1.5), (10**400, INFINITY), (-(10**400), INFINITY), (True, None), ("1", None), (None, None)]
)
def test_number_of_a_reply(value: object, number: float | None) -> None:
    assert reported_number(value) == number
