"""The lint rules, each on a file that breaks it and on one that does not."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from flowship_n8n.rules import RULES
from n8n_files import workflow

if TYPE_CHECKING:
    from deployer.platforms.api import Document

GOOD = workflow()


def findings(definition: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    """The names of the rules that it breaks, with the place of each."""
    document = cast("Document", SimpleNamespace(data=definition))
    return [(rule.name, diagnostic.path) for rule in RULES for diagnostic in rule.check(document)]


def test_good_workflow_breaks_no_rule() -> None:
    assert findings(GOOD) == []


BAD: dict[str, tuple[dict[str, Any], list[tuple[str, tuple[str | int, ...]]]]] = {
    "nodes are no list": ({**GOOD, "nodes": {}, "connections": {}}, [("n8n-nodes", ("nodes",)), ("n8n-trigger", ("nodes",))]),
    "node that is no object": ({**GOOD, "nodes": [*GOOD["nodes"], 3]}, [("n8n-nodes", ("nodes", 2)), ("n8n-nodes", ("nodes", 2))]),
    "no connections": ({key: value for key, value in GOOD.items() if key != "connections"}, [("n8n-nodes", ("connections",))]),
    "two nodes of one name": (
        {**GOOD, "nodes": [*GOOD["nodes"], {"name": "Answer", "type": "n8n-nodes-base.noOp"}]},
        [("n8n-node-name-unique", ("nodes", 2, "name"))],
    ),
    "connection from nowhere": ({**GOOD, "connections": {"Gone": {"main": []}}}, [("n8n-connection-node", ("connections", "Gone"))]),
    "connection to nowhere": (
        {**GOOD, "connections": {"Call": {"main": [[{"node": "Gone", "type": "main", "index": 0}]]}}},
        [("n8n-connection-node", ("connections", "Call", "main", 0, 0, "node"))],
    ),
    "nothing starts it": ({**GOOD, "nodes": GOOD["nodes"][1:], "connections": {}}, [("n8n-trigger", ("nodes",))]),
    "a person starts it in the editor": (
        {**GOOD, "nodes": [{**GOOD["nodes"][0], "type": "n8n-nodes-base.manualTrigger"}, GOOD["nodes"][1]]},
        [("n8n-trigger", ("nodes",))],
    ),
    "trigger that is off": (
        {**GOOD, "nodes": [{**GOOD["nodes"][0], "disabled": True}, GOOD["nodes"][1]]},
        [("n8n-trigger", ("nodes",))],
    ),
    "setting of the editor's": ({**GOOD, "settings": {"binaryMode": "separate"}}, [("n8n-setting", ("settings", "binaryMode"))]),
    "password in a parameter": (
        {**GOOD, "nodes": [GOOD["nodes"][0], {**GOOD["nodes"][1], "parameters": {"options": {"password": "hunter2hunter2"}}}]},
        [("n8n-secret", ("nodes", 1, "parameters", "options", "password"))],
    ),
    "key in a header": (
        {
            **GOOD,
            "nodes": [
                GOOD["nodes"][0],
                {**GOOD["nodes"][1], "parameters": {"headerParameters": {"parameters": [{"name": "X-Api-Key", "value": "0123456789abcdef"}]}}},
            ],
        },
        [("n8n-secret", ("nodes", 1, "parameters", "headerParameters", "parameters", 0, "value"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_broken_rule_is_found_at_its_place(case: str) -> None:
    definition, expected = BAD[case]
    assert findings(definition) == expected


def test_expression_and_short_text_are_no_secrets() -> None:
    parameters = {
        "password": "={{ $json.password }}", "token": "none", "authentication": "genericCredentialType", "tokenUrl": "https://login.example.com/token",
    }  # fmt: skip
    assert findings({**GOOD, "nodes": [GOOD["nodes"][0], {**GOOD["nodes"][1], "parameters": parameters}]}) == []
