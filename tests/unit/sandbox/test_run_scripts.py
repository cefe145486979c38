"""Scripted runs: which answer comes when, and which script is selected."""

import pytest

from deployer.sandbox.run_scripts import RunScript, ScriptedAnswer, read_script


@pytest.mark.parametrize(("then", "outputs"), [("echo", ["a", "b", None, None]), ("repeat", ["a", "b", "b", "b"]), ("cycle", ["a", "b", "a", "b"])])
def test_scripted_answers_come_in_turn(then: str, outputs: list[str | None]) -> None:
    script = RunScript((ScriptedAnswer("a"), ScriptedAnswer("b")), then)
    assert [script.answer(index).output for index in range(4)] == outputs


@pytest.mark.parametrize(
    ("run_input", "definition", "selected"),
    [('{"q":"refund"}', "x", ("when 0", "no")), ("x", "worse", ("when 1", "bad")), ("refund", "worse", ("when 0", "no")), ("x", "x", ("", "good"))],
)
def test_first_matching_condition_selects_the_script(run_input: str, definition: str, selected: tuple[str, str]) -> None:
    conditions = [{"input": "*refund*", "answers": [{"output": "no"}]}, {"definition": "*worse*", "answers": [{"output": "bad"}]}]
    name, script = read_script({"when": conditions, "answers": [{"output": "good"}]}, "runs").select(run_input, definition)
    assert (name, script.answer(0).output) == selected


@pytest.mark.parametrize(
    ("answer", "wait"), [({"duration": 2}, 2.0), ({"duration": 2, "wait": 0}, 0.0), ({"duration": 2, "wait": 1}, 1.0), ({}, 0.0)]
)
def test_run_takes_its_duration_unless_wait_is_set(answer: dict[str, float], wait: float) -> None:
    assert read_script({"answers": [answer]}, "runs").answers[0].wait == wait


def test_times_repeats_an_answer() -> None:
    script = read_script({"answers": [{"output": "a", "times": 2}, {"output": "b"}]}, "runs")
    assert [answer.output for answer in script.answers] == ["a", "a", "b"]
