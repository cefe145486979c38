"""Files that the platform takes have no error; those it refuses have the error that says so, and files it changes a warning.

Many small files for each kind of mistake, held against the sandbox's import validator as well.
"""

import itertools
import json
from typing import Any, Literal

import pytest
from flow_documents import BRANCHES, GROUP, SETTER, Flow, branching, chain, flow, loop, node, with_groups, with_node

from deployer.lint import engine
from deployer.model.workflow import Source
from deployer.sandbox.import_validator import validate_import

PROMPT = node("llm", "LLM", llmParam={"userPrompt": "Hi"})
PLAIN = flow(chain(PROMPT))
NAMES: tuple[Any, ...] = ("missing", "", " ", None, "\n", True, [], {})
IDS = ("t-1", "", " ", "\t", None)
SHARES = ("creativityLevel", "docCorrelation", "embeddingRate")
AGENT: Flow = {"formatVersion": "1.0", "exportType": "BOT", "name": "Desk", "botType": "Flow", "multiModal": {"multiModalInput": {"fileLimit": 1}}}


def condition(**more: Any) -> Flow:
    """A CONDITION whose last branch, the ELSE, has more fields."""
    return branching("CONDITION", "conditionParam", {"conditionBranches": [*BRANCHES[:2], {**BRANCHES[2], **more}]}, ("h1", "h2", "h3"))


def request(url: str) -> Flow:
    return with_node("HTTP", httpParam={"request": {"url": url, "method": "GET"}})


def tool(tool_id: object, call_id: object) -> Flow:
    return with_node("TOOL_API", toolApiParam={"toolId": tool_id, "toolApiId": call_id})


def groups(count: int) -> Flow:
    return with_groups(*({**GROUP, "groupName": f"group_{index}", "variables": GROUP["variables"] * (1 + index % 10)} for index in range(count)))


def setter(param: Any) -> Flow:
    return flow(chain(loop(chain({**SETTER, "setIntermediateVariableParam": param}))))


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def batch(*names: str) -> Flow:
    return with_node("BATCH", batchParam={"inputArrays": named(*names)}, subWorkflow=chain(PROMPT))


def over(arrays: list[dict[str, str]], variables: list[dict[str, str]]) -> Flow:
    return flow(chain(loop(chain(PROMPT), loopType="ARRAY_BASED", inputArrays=arrays, intermediateVariables=variables)))


def names_of(kind: str, value: object) -> Flow:
    base = PLAIN if kind == "flow" else AGENT
    return {key: item for key, item in base.items() if key != "name"} | ({"name": value} if value != "missing" else {})


def numbered() -> list[Flow]:
    """The plain flow with a number for a node's id, at its edges as text or as a number."""
    made = []
    for number, (at_node, at_first, at_second) in itertools.product((7, 0, 1.5), ((1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1))):
        document = json.loads(json.dumps(PLAIN))
        graph, text = document["workflow"], str(number)
        graph["workflowNodes"][1]["id"] = number if at_node else text
        graph["workflowEdges"][0]["targetNodeID"] = number if at_first else text
        graph["workflowEdges"][1]["sourceNodeID"] = number if at_second else text
        made.append(document)
    return made


HOSTS = (
    "10.0.0.1 10.255.1.2:8080 172.16.0.1 172.31.9.9 192.168.1.1 127.0.0.1 127.1 localhost localhost:3000 a.localhost 169.254.169.254 [::1] 0.0.0.0"
    " crm.internal:8080 Printer.Local nas.home.arpa."
)
SECRETS = ("authKey", "authSecret", "oAuthId", "oAuthBean", "authProvider", "headers", "queries")
NO_LIST: tuple[Any, ...] = (None, [], "", {}, "x", 7)
LEFT_OUT: tuple[Any, ...] = ({}, *({"assignments": value} for value in NO_LIST))
NO_LEFT: tuple[Any, ...] = ({}, {"leftValue": None}, {"leftValue": ""}, {"leftValue": " "}, {"rightValue": 1}, {"name": "a"}, "a", None)

KINDS: dict[str, tuple[str, str, list[Flow]]] = {  # rule and severity that each file has, "" for none
    "an ELSE with a name or a description": (
        "", "", [condition(**{key: value}) for key in ("name", "branchName", "desc", "label", "title") for value in ("ELSE", "IF", "ELSE_IF")],
    ),
    "up to 20 groups": ("", "", [groups(count) for count in range(1, 21)]),
    "white space that separates": (
        "", "",
        [with_node("TEXT_PROCESS", textProcessParam={"mode": "SPLIT", "splitTarget": "x", "delimiters": value} if split
                   else {"mode": "JOIN", "joinText": value})
         for value in (" ", "\n", "\t", "\r\n", "\n\n", "  ", "\u00a0", ",") for split in (True, False)],
    ),
    "no export time": ("", "", [flow(chain(PROMPT)) | {"exportTime": time} for time in (None, 0, 1, -1, 1.5e12, *range(10**12, 10**12 + 10))]),
    "blank ids of a plug-in": ("flow-tool-id", "warning", [tool(*ids) for ids in itertools.product(IDS, IDS) if ids != ("t-1", "t-1")]),
    "a private address": (
        "flow-http-address", "warning", [request(f"{scheme}://{host}/x") for host in HOSTS.split() for scheme in ("http", "https")],
    ),
    "no name": ("flow-name", "error", [names_of(kind, value) for kind in ("flow", "bot") for value in NAMES]),
    "a share out of range": (
        "flow-top-number", "error", [base | {name: value} for base in (PLAIN, AGENT) for name in SHARES for value in (2, -0.1, "0.5", True)],
    ),
    "no assignments": (
        "flow-assignments", "error", [setter(param) for param in LEFT_OUT] + [setter({"assignments": [item]}) for item in NO_LEFT],
    ),
    "a name twice": (
        "flow-loop-variable", "error",
        [batch(*names) for names in (("a", "a"), ("a", "b", "a"), ("index",), ("a", "index"), ("x", "x", "y"))]
        + [over(named(*first), named(*second)) for first in (("a",), ("b", "a"))
           for second in (("a",), ("c", "a"), ("c", "c"), ("index",), ("a", "d"))],
    ),
    "credentials of a plug-in": (
        "flow-credentials", "warning",
        [base | {"plugins": plugins} for base in (PLAIN, AGENT) for name in SECRETS for value in ("k", ["k"], {"k": "v"})
         for plugins in ([{"id": "p"}, {name: value}], {"p": {name: value}})],
    ),
    "an Agent of any kind": (
        "", "",
        [AGENT | {"botType": kind, **more} for kind in ("MultiAgent", "QuestionAnswer", "Flow", "Audio", "Clawsearch")
         for more in ({}, {"humanConfig": {"manufacturer": "LiveDesk"}}, {"customVariables": [{"name": "var_a", "type": "STRING"}]})],
    ),
    "a number for text": ("flow-number-as-text", "warning", numbered()),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_a_kind_have_their_finding_alone(kind: str) -> None:
    rule, severity, documents = KINDS[kind]
    assert len(documents) >= 15
    for document in documents:
        target: Literal["agent", "workflow"] = "agent" if document["exportType"] == "BOT" else "workflow"
        suffix, content = ".bot" if target == "agent" else ".flow", json.dumps(document).encode()
        findings = engine.lint_sources([Source(f"a{suffix}", "gptbots", target, content, document)])
        assert {(finding.rule, finding.severity) for finding in findings} == ({(rule, severity)} if rule else set()), document
        assert bool(validate_import(content, f"a{suffix}", target).refusal) == (severity == "error"), document


def test_node_inside_a_loop_is_checked_like_one_outside() -> None:
    inner = node("call", "HTTP", httpParam={"request": {"url": "http://10.0.0.1", "method": "GET"}})
    document = flow(chain(loop(chain(inner))))
    content = json.dumps(document).encode()
    assert [finding.rule for finding in engine.lint_sources([Source("a.flow", "gptbots", "workflow", content, document)])] == ["flow-http-address"]
