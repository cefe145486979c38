"""Which expectations and cases are written from real answers."""

from typing import Any

import pytest
import yaml

from deployer.evals.recorder import Logged, from_logs, logged, recorded
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.model.evals import CaseRun, EvalCase, EvalSuite, Miss

REDACTOR = OutputRedactor(lambda text: text.replace("the-key", "***"))

OBJECT = {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}, "m": {"type": "null"}}}


def record(case: Case, *outputs: object, miss: str = "") -> dict[str, Any]:
    """The case as it is written, after runs with these outputs."""
    runs = tuple(CaseRun((Miss(miss, "", ""),) if miss else (), seconds=1.2) for _ in outputs)
    suite = EvalSuite("triage", "gptbots", "evals/triage.yml", "live", "2", True, (EvalCase(case.name, 1, "passed", runs),))
    text = recorded(Suite("evals/triage.yml", (case,)), SuiteResult(suite, {case.name: outputs}), REDACTOR)
    return dict(yaml.safe_load(text)["cases"][0])


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (({"n": 1}, {"n": 1}), {"equals": {"n": 1}}),
        (("a", "b"), {"schema": {"type": "string", "minLength": 1}}),
        (("a", ""), {"schema": {"type": "string"}}),
        (({"n": 1}, {"n": 2, "m": None}), {"schema": OBJECT}),
        ((1, "a"), {"schema": {"type": ["number", "string"]}}),
        ((True, [1]), {"schema": {"type": ["array", "boolean"]}}),
        (("the-key",), {"schema": {"type": "string", "minLength": 1}}),
    ],
)  # fmt: skip
def test_expectation_is_the_output_or_its_shape(outputs: tuple[object, ...], expected: dict[str, Any]) -> None:
    case = record(Case("a", "in"), *outputs)
    assert (case["expect"], case["within"]) == (expected, 3)


def test_case_with_an_expectation_is_left_as_it_is() -> None:
    case = record(Case("a", "in", {"contains": "x"}, tokens=9, repeat=2, pass_rate=0.5, tags=("t",)), "out", "out")
    assert case == {"name": "a", "input": "in", "expect": {"contains": "x"}, "tokens": 9, "repeat": 2, "pass_rate": 0.5, "tags": ["t"]}


@pytest.mark.parametrize(("miss", "expected"), [("answer", False), ("version", False), ("status", False), ("within", True)])
def test_runs_without_a_usable_answer_are_left_out(miss: str, expected: bool) -> None:
    assert ("expect" in record(Case("a", "in"), "out", miss=miss)) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"log_id": "1", "input": '{"a": 1}', "output": "text"}, Logged("1", {"a": 1}, "text")),
        ({"workflow_run_id": "2", "status": "SUCCEED", "input": "1", "output": {"b": 2}}, Logged("2", 1, {"b": 2})),
        ({"log_id": "1", "status": "FAILED", "input": "1", "output": "2"}, None),
        ({"log_id": "1", "input": "1", "output": None}, None),
        ({"input": "1", "output": "2"}, None),
    ],
)
def test_rows_of_the_log(row: dict[str, Any], expected: Logged | None) -> None:
    assert logged(row) == expected


def test_log_gives_each_input_once_and_none_with_a_secret() -> None:
    rows = [Logged("1", {"a": 1}, "x"), Logged("2", {"a": 1}, "y"), Logged("3", "the-key", "z"), Logged("4", "b", "the-key")]
    text, count = from_logs("triage", rows, REDACTOR)
    cases = yaml.safe_load(text)["cases"]
    assert ([case["name"] for case in cases], count) == (["log 1", "log 4"], 2)
    assert "the-key" not in text


def nested(levels: int) -> Any:
    value: Any = {"n": 1}
    for _ in range(levels // 2):
        value = [{"a": value}]
    return value


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], 10**400, nested(400), "y" * 2_000_000, '{"a": NaN}', '{"a": 1e999}'])
def test_row_of_the_log_that_no_suite_can_hold_is_left_out(value: object) -> None:
    assert logged({"log_id": "1", "input": value, "output": "fine"}) is None
    assert logged({"log_id": "1", "input": "fine", "output": value}) is None


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (nested(190), {"equals": nested(190)}),
        (nested(198), {"schema": {"type": "array"}}),
        ({"a": nested(198)}, {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "array"}}}}),
        ("half \ud800", {"schema": {"type": "string", "minLength": 1}}),
        ({"half \ud800": 1}, {"schema": {"type": "object"}}),
    ],
)
def test_output_that_no_suite_can_hold_is_recorded_by_its_shape(output: object, expected: dict[str, Any]) -> None:
    assert record(Case("a", "in"), output)["expect"] == expected


def test_long_output_is_recorded_by_its_shape_and_long_input_is_no_case() -> None:
    assert record(Case("a", "in"), "y" * 30_000)["expect"] == {"schema": {"type": "string", "minLength": 1}}
    assert from_logs("triage", [Logged("1", "y" * 30_000, "out"), Logged("2", "in", "out")], REDACTOR)[1] == 1
