"""Workflows for tests."""

import json
from typing import Any

from deployer.platforms.api import Source, Workflow


def workflow(says: str = "hello", path: str = "greet", name: str = "Greeting") -> dict[str, Any]:
    """A webhook whose caller is answered with `{"says": …, "to": …}`."""
    values = [{"name": "says", "type": "string", "value": says}, {"name": "to", "type": "string", "value": "={{ $json.body.to }}"}]
    assignments = {"assignments": [{"id": f"value-{place}", **value} for place, value in enumerate(values)]}
    return {
        "name": name,
        "nodes": [
            {
                "name": "Call", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
                "parameters": {"httpMethod": "POST", "path": path, "responseMode": "lastNode", "options": {}},
            },
            {
                "name": "Answer", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [220, 0],
                "parameters": {"assignments": assignments, "options": {}},
            },
        ],
        "connections": {"Call": {"main": [[{"node": "Answer", "type": "main", "index": 0}]]}},
        "settings": {"executionOrder": "v1"},
    }  # fmt: skip


def failing_workflow() -> dict[str, Any]:
    """A webhook whose caller is told that the execution failed."""
    definition = workflow(path="failing", name="Failing")
    stop = {"type": "n8n-nodes-base.stopAndError", "typeVersion": 1, "parameters": {"errorMessage": "no such order"}}
    return {**definition, "nodes": [definition["nodes"][0], {**definition["nodes"][1], **stop}]}


def source(definition: dict[str, Any]) -> Source:
    return Source("n8n/greet.json", "n8n", "workflow", json.dumps(definition).encode(), definition)


def manifest_workflow(definition: dict[str, Any], id_: str = "") -> Workflow:
    return Workflow("greet", source(definition), "N8N", id=id_)
