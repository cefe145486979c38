"""GPTBots and meinGPT on the sandbox, as subjects of the promises."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests
import yaml

from deployer.model import fingerprint
from deployer.sandbox.server import running
from deployer.testing.subject import TEXT, TEXTS, AnswerCase, Definition, Held, Subject


def _answers(*texts: str) -> dict[str, Any]:
    """A run answers with the text of its definition."""
    return {"when": [{"definition": f"*{text}*", "answers": [{"output": text}], "then": "repeat"} for text in texts], "answers": [{"output": "?"}]}


def _flow(name: str) -> str:
    nodes = [
        {"id": "s", "name": "Start", "type": "START", "x": 0, "y": 0, "outputs": []},
        {"id": "e", "name": "End", "type": "END", "x": 1, "y": 1, "endParam": {"outputType": "TEXT", "outputText": TEXT}},
    ]
    edge = {"id": "1", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "a", "targetHandle": "b"}
    whole = {"formatVersion": "1.0", "exportType": "WORKFLOW", "exportTime": 1758765323024, "name": name, "botType": "Workflow"}
    return json.dumps({**whole, "workflow": {"workflowNodes": nodes, "workflowEdges": [edge]}})


class Sandbox:
    """What both have. `keys` name targets, which the sandbox makes as they are used."""

    def __init__(self, url: str, keys: Sequence[str], preview_keys: Sequence[str]) -> None:
        self.url, self.keys, self.preview_keys = url, keys, preview_keys

    def state(self) -> Mapping[str, Any]:
        return dict(requests.get(f"{self.url}/_sandbox/state", timeout=10).json())

    def refuse(self, method: str, path: str, error: str | int) -> None:
        """Each such request from now on."""
        rule = {"match": {"method": method, "path": path}, "do": {"error": error}}
        assert requests.post(f"{self.url}/_sandbox/faults", json=[rule], timeout=10).ok

    def call(self, method: str, path: str, key: str, **options: Any) -> Any:
        reply = requests.request(method, self.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=10, **options)
        assert reply.ok, reply.text
        return reply.json()


class GptbotsSandbox(Sandbox):
    def held(self) -> list[Held]:
        return [
            Held(FLOW_TEXTS[version["fingerprint"]], version["status"] == "PUBLISHED")
            for target in self.state()["gptbots"]
            for version in target["versions"]
        ]

    def edit(self, before: str, after: str) -> None:
        number = int(before[-1]) - 1
        flow = GPTBOTS.definitions[number].saying(after)
        made = self.call("POST", "/v1/workflow/version/import", self.keys[number], files={"file": ("a.flow", flow)}, data={"versionDesc": "by hand"})
        self.call("POST", "/v1/workflow/version/release", self.keys[number], json={"version": made["data"]["version"]})


class MeingptSandbox(Sandbox):
    def workflows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for key in (*self.keys, *self.preview_keys):
            for row in self.call("GET", "/v1/workflows?limit=100", key)["workflows"]:
                yield key, self.call("GET", f"/v1/workflows/{row['id']}", key)

    def held(self) -> list[Held]:
        return [
            Held(next(text for text in TEXTS if text in json.dumps(workflow)), workflow["status"] == "active") for _, workflow in self.workflows()
        ]

    def edit(self, before: str, after: str) -> None:
        for key, workflow in self.workflows():
            if before in json.dumps(workflow):
                definition = yaml.safe_load(MEINGPT.definitions[int(before[-1]) - 1].saying(after))
                self.call("PUT", f"/v1/workflows/{workflow['id']}", key, json=definition | {"status": "active"})


@contextmanager
def _start_gptbots() -> Iterator[GptbotsSandbox]:
    with running(targets={"gptbots": {"defaults": {"runs": _answers(*TEXTS)}}}) as url:
        numbers = range(1, 4)
        yield GptbotsSandbox(url, [f"sandbox-workflow-{number}" for number in numbers], [f"sandbox-workflow-pool-{number}" for number in (1, 2)])


@contextmanager
def _start_meingpt() -> Iterator[MeingptSandbox]:
    with running(targets={"meingpt": {"defaults": {"runs": {"*": _answers(*TEXTS)}}}}) as url:
        yield MeingptSandbox(url, ["sandbox-acme"], ["sandbox-copies"])


def _yaml(name: str) -> str:
    step = "{id: greet, type: ai_completion, config: {model: gpt-4, prompt: Hello}}"
    return f"name: {name}\ndescription: {TEXT}\ntrigger: {{type: webhook}}\nsteps: [{step}]\n"


EVAL = AnswerCase({"message": "hi"}, {"equals": TEXT})
GPTBOTS = Subject(
    "gptbots",
    _start_gptbots,
    (Definition("one.flow", _flow("One")), Definition("two.flow", _flow("Two")), Definition("three.flow", _flow("Three"))),
    EVAL,
    unfit={"cleanup, answered an empty object, with the effect": "a list without `data` means that there is no version (docs/contracts/gptbots.md)"},
    refuse=lambda server, _text: server.refuse("POST", "*/version/release", 40353),
)
MEINGPT = Subject(
    "meingpt",
    _start_meingpt,
    (Definition("one.yaml", _yaml("One")), Definition("two.yaml", _yaml("Two")), Definition("three.yaml", _yaml("Three"))),
    EVAL,
    refuse=lambda server, _text: server.refuse("PUT", "/v1/workflows/*", "INVALID_INPUT"),
)
FLOW_TEXTS = {fingerprint.of_definition(json.loads(definition.saying(text))): text for definition in GPTBOTS.definitions for text in TEXTS}
