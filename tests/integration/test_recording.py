"""`flowship eval --record`, `--from-logs`, `--tag`: what came back as a suite for a person to read, which the program reads too."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from deployer.evals.suite import Case, read

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Repository

MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/triage.yml}\n"
SUITE = """\
per_minute: 50
cases:
  - {name: always the same, input: {m: refund}, expect: {not_contains: sorry}}
  - {name: new, input: {m: refund}, tags: [smoke]}
  - {name: varies, input: {m: other}, repeat: 2, pass_rate: 0.5}
  - {name: secret, input: {m: key}}
"""
RUNS = {
    "when": [
        {"input": "*refund*", "answers": [{"output": {"text": "14 days", "sure": True}, "duration": 1.2, "wait": 0}], "then": "repeat"},
        {"input": "*key*", "answers": [{"output": "it is sk-proj-Xu5xxHJ62kqzWfJMa1b2c3d4", "duration": 1}], "then": "repeat"},
    ],
    "answers": [{"output": {"n": 1}, "duration": 1}, {"output": {"n": 2}, "duration": 1}],
    "then": "cycle",
}


@pytest.fixture
def at(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> "Repository":
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": RUNS}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/triage.yml", SUITE)
    repository.flow("flows/triage.flow")
    repository.use(box.url, TRIAGE="sandbox-workflow-triage")
    assert repository.run("deploy", "--release", "always", "--evals", "off").code == 0
    return repository


def cases(at: "Repository", path: str) -> dict[str, Case]:
    return {case.name: case for case in read(str(at.root), path).cases}


def test_what_came_back_becomes_what_is_expected(at: "Repository") -> None:
    ran = at.run("eval", "triage", "--record")
    assert ran.code == 0, ran.out
    assert "evals/triage.recorded.yml was written. Read it before you use it." in ran.out
    found = cases(at, "evals/triage.recorded.yml")
    assert found["always the same"].expect == {"not_contains": "sorry"}, "what a person wrote stays"
    assert (found["new"].expect, found["new"].within, found["new"].tags) == ({"equals": {"text": "14 days", "sure": True}}, 3, ("smoke",))
    shape = {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}}
    assert (found["varies"].expect, found["varies"].repeat, found["varies"].pass_rate) == ({"schema": shape}, 2, 0.5)
    assert found["secret"].expect == {"schema": {"type": "string", "minLength": 1}}
    text = (at.root / "evals/triage.recorded.yml").read_text()
    assert "version 1.0.0 of triage" in text
    assert "sk-proj" not in text
    assert read(str(at.root), "evals/triage.recorded.yml").per_minute == 50


def test_a_recording_passes_against_what_it_was_made_of(at: "Repository") -> None:
    at.run("eval", "--record")
    at.write("flowship.yml", MANIFEST.replace("triage.yml", "triage.recorded.yml"))
    ran = at.run("eval")
    assert ran.code == 0, ran.out


def test_a_shape_fits_all_that_came_back(start_sandbox: Callable[..., "Sandbox"], at: "Repository") -> None:
    outputs = [{"n": 1, "a": "x"}, {"a": ""}, {"a": "y", "n": None, "more": [1]}]
    runs = {"answers": [{"output": each} for each in outputs], "then": "cycle"}
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": runs}}}})
    at.use(box.url, TRIAGE="sandbox-workflow-triage")
    at.run("deploy", "--release", "always", "--evals", "off")
    at.write("evals/triage.yml", "cases: [{name: a, input: 1, repeat: 3}]\n")
    at.run("eval", "--record")
    properties = {"n": {"type": ["null", "number"]}, "a": {"type": "string"}, "more": {"type": "array"}}
    assert cases(at, "evals/triage.recorded.yml")["a"].expect == {"schema": {"type": "object", "required": ["a"], "properties": properties}}


def test_nothing_is_written_over(at: "Repository") -> None:
    at.run("eval", "--record")
    again = at.run("eval", "--record")
    assert again.code == 2
    assert "evals/triage.recorded.yml already exists" in again.out


def test_runs_in_the_logs_become_cases(at: "Repository") -> None:
    at.run("eval", "triage")
    ran = at.run("eval", "triage", "--from-logs")
    assert ran.code == 0, ran.out
    assert "evals/triage.logs.yml was written. Read it before you use it. 3 cases." in ran.out
    found = cases(at, "evals/triage.logs.yml").values()
    inputs: list[Any] = [case.input for case in found]
    assert sorted(each["m"] for each in inputs) == ["key", "other", "refund"], "each input once"
    assert {"equals": {"text": "14 days", "sure": True}} in [case.expect for case in found]


def test_no_logs_are_no_suite(at: "Repository") -> None:
    ran = at.run("eval", "triage", "--from-logs")
    assert ran.code == 0
    assert "hold no run that could be a case" in ran.out
    assert not (at.root / "evals/triage.logs.yml").exists()


def test_cases_are_chosen_by_tag(at: "Repository") -> None:
    ran = at.run("eval", "--tag", "smoke")
    assert [case["name"] for case in ran.report["evals"][0]["cases"]] == ["new"]
    refused = at.run("eval", "--tag", "smok")
    assert refused.code == 2
    assert "No case has the tag smok. Fix: Use one of: smoke." in refused.out.replace("\n    ", " ")


def test_a_run_without_an_answer_is_no_expectation(start_sandbox: Callable[..., "Sandbox"], at: "Repository") -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": {"answers": [{"refuse": "overloaded"}], "then": "repeat"}}}}})
    at.use(box.url, TRIAGE="sandbox-workflow-triage")
    at.run("deploy", "--release", "always", "--evals", "off")
    at.write("evals/triage.yml", SUITE.replace("per_minute: 50", "per_minute: 120"))
    ran = at.run("eval", "--record")
    assert ran.code == 1
    text = (at.root / "evals/triage.recorded.yml").read_text()
    assert "equals" not in text
    assert "per_minute: 120" in text


def test_refused_logs_name_a_way_without_them(at: "Repository", start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": RUNS}}}})
    at.use(box.url, TRIAGE="sandbox-workflow-triage")
    box.faults([{"match": {"path": "/v1/workflow/run/logs"}, "do": {"status": 400, "body": {"code": 40000, "msg": "bad parameter"}}}])
    ran = at.run("eval", "triage", "--from-logs")
    assert ran.code == 1
    assert "--record" in ran.out
    assert "lint` on the file" not in ran.out
