"""A release whose evals get an answer of any shape, or hold an assertion without end: the case fails, and the release is rolled back all the same."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Ran, Repository

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/suite.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
SUITE: dict[str, Any] = {"cases": [{"name": "limits", "input": {"message": "hi"}, "expect": {"contains": "fine"}, "tokens": 100, "cost": 5}]}
ANSWER = '{"workflowRunId": "r", "workflowVersion": "1.0.1", "status": "SUCCEED", "totalTokens": 1, "totalCost": 1, "output": {"a": "fine"}}'


def exponential(levels: int) -> dict[str, Any]:
    defined = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**defined, f"d{levels}": {"type": "string"}}}


@pytest.fixture
def at(repository: "Repository", start_sandbox: Callable[..., "Sandbox"]) -> "Repository":
    runs = {"answers": [{"output": "fine" + "a" * 900_000, "tokens": 1, "cost": 1}], "then": "repeat"}
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": runs}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.use(box.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    repository.environment["SANDBOX"] = box.url
    return repository


def release(at: "Repository", text: str, suite: dict[str, Any], **environment: str) -> "Ran":
    at.flow("flows/triage.flow", text)
    at.workflow(more=f"description: {text}\n")
    at.write("evals/suite.yml", suite)
    return at.run("deploy", "--release", "always", **environment)


def strict(text: str) -> Any:
    return json.loads(text, parse_constant=pytest.fail)


def rolled_back(ran: "Ran", at: "Repository") -> bool:
    strict((at.root / "report.json").read_text())
    for line in (at.root / ".flowship/state.jsonl").read_text().splitlines():
        strict(line)
    assert ran.code == 1, ran.out + ran.err
    assert ran.change_of("onboarding")["outcome"] == "done"
    change = ran.change_of("triage")
    return bool((change["error"]["code"], change["version"], change["previous_version"]) == ("ROLLED_BACK", "1.0.1", "1.0.0"))


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER.replace('"totalCost": 1', '"totalCost": NaN'),
        ANSWER.replace('"totalCost": 1', '"totalCost": 1e999'),
        ANSWER.replace('"totalCost": 1', '"totalCost": -5'),
        ANSWER.replace('"totalTokens": 1', f'"totalTokens": {"9" * 400}'),
        ANSWER.replace('"fine"', '"fine", "b": -Infinity'),
        ANSWER.replace('"fine"', '"fine", "b": ' + "[" * 900 + "]" * 900),
        ANSWER.replace('"fine"', '"fine' + "y" * 4_000_000 + '"'),
        ANSWER.replace('"1.0.1"', '["1.0.1"]').replace('"SUCCEED"', '{"a": 1}'),
    ],
    ids=["NaN", "1e999", "negative", "400 digits", "Infinity", "deep", "4 MB", "other types"],
)
def test_answer_of_any_shape_fails_its_case_and_the_release_is_rolled_back(at: "Repository", answer: str) -> None:
    first = release(at, "good", SUITE)
    assert first.code == 0, first.out
    import requests

    rule = {"match": {"path": "*/invoke"}, "do": {"status": 200, "body": answer, "headers": {"content-type": "application/json"}}}
    assert requests.post(f"{at.environment['SANDBOX']}/_sandbox/faults", json=[rule], timeout=30).status_code == 200
    assert rolled_back(release(at, "odd", SUITE), at)


@pytest.mark.parametrize(
    "expect",
    [{"matches": "(?=.*b)x"}, {"schema": exponential(60)}],
    ids=["pattern", "schema"],
)
def test_assertion_without_end_fails_its_case_and_the_release_is_rolled_back(at: "Repository", expect: dict[str, Any]) -> None:
    first = release(at, "good", SUITE)
    assert first.code == 0, first.out
    endless = {"cases": [*SUITE["cases"], {"name": "endless", "input": {"message": "hi"}, "expect": expect}]}
    ran = release(at, "endless", endless, FLOWSHIP_TIMEOUT="15")
    assert rolled_back(ran, at)
    (suite,) = ran.report["evals"]
    assert [(case["name"], case["status"]) for case in suite["cases"]] == [("limits", "passed"), ("endless", "failed")]
    assert "none within" in json.dumps(suite)
