"""Scripted answers of the sandbox, over HTTP: by input, by the definition that runs, and so many of one kind."""

import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Sandbox

KEY = "sandbox-workflow-a"
RUNS = {
    "when": [
        {"input": "*refund*", "answers": [{"output": "yes"}, {"output": "no"}], "then": "cycle"},
        {"definition": "*worse*", "answers": [{"output": "bad", "times": 3}, {"output": "good", "times": 7}], "then": "cycle"},
    ],
    "answers": [{"output": "first"}],
    "then": "repeat",
}


def flow(text: str) -> bytes:
    nodes = [
        {"id": "s", "name": "S", "type": "START", "x": 0, "y": 0},
        {"id": "e", "name": "E", "type": "END", "x": 9, "y": 0, "endParam": {"outputType": "TEXT", "outputText": text}},
    ]
    edges = [{"id": "se", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "o", "targetHandle": "i"}]
    top = {"exportType": "WORKFLOW", "exportTime": 1, "name": "A", "botType": "Workflow"}
    return json.dumps({**top, "workflow": {"workflowNodes": nodes, "workflowEdges": edges}}).encode()


def answers(box: "Sandbox", given: str, times: int) -> list[Any]:
    return [box.call("POST", "/v1/workflow/invoke", KEY, json={"input": {"message": given}}).json()["output"] for _ in range(times)]


def test_gptbots_answers_by_input_and_by_definition_in_turns_of_their_own(start_sandbox: "Callable[..., Sandbox]") -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"a": {"runs": RUNS}}}})
    box.call("POST", "/v1/workflow/version/import", KEY, files={"file": ("a.flow", flow("fine"))})
    assert answers(box, "a refund?", 3) == ["yes", "no", "yes"]
    assert answers(box, "hello", 2) == ["first", "first"]
    box.call("POST", "/v1/workflow/version/import", KEY, files={"file": ("a.flow", flow("worse"))})
    assert Counter(answers(box, "hello", 20)) == {"good": 14, "bad": 6}


def test_meingpt_answers_by_definition(start_sandbox: "Callable[..., Sandbox]") -> None:
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"runs": {"*": RUNS}}}}})
    definition = {"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": [{"id": "a", "type": "email", "config": {"to": "worse"}}]}
    made = box.call("POST", "/v1/workflows", "sandbox-acme", json=definition).json()["id"]
    run = box.call("POST", f"/v1/workflows/{made}/execute", "sandbox-acme", json={"input": {}}).json()["execution_id"]
    assert box.call("GET", f"/v1/workflows/{made}/executions/{run}", "sandbox-acme").json()["output"] == "bad"
