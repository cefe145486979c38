"""Linter and sandbox apply the same contract apart from finding other, and agree: what one refuses, so does the other."""

import json
from pathlib import Path

import pytest
from flow_documents import (
    BAD,
    GOOD,
    GROUP,
    PRIVATE,
    PUBLIC,
    SETTER,
    Flow,
    Graph,
    chain,
    changed,
    edge,
    end_param,
    flow,
    llm,
    loop,
    node,
    with_groups,
    with_node,
)

from deployer.lint import engine
from deployer.model.finding import Finding
from deployer.model.workflow import Source
from deployer.sandbox.import_validator import validate_import

REFUSED = {rule.name for rule in engine.load_all_rules() if rule.refused_by_platform}
DATA = Path(__file__).parents[3] / "data" / "lint"


def linted(content: bytes, name: str = "a.flow") -> tuple[Finding, ...]:
    return engine.lint_sources([Source(name, "gptbots", "agent" if name.endswith(".bot") else "workflow", content, json.loads(content))])


def refused(document: Flow) -> bool:
    """Do both refuse it? They must agree."""
    content = json.dumps(document).encode()
    by_lint = [finding.rule for finding in linted(content) if finding.rule in REFUSED]
    verdict = validate_import(content, "a.flow", "workflow")
    assert bool(by_lint) == bool(verdict.refusal or verdict.wrong_type), (by_lint, verdict)
    return bool(by_lint)


@pytest.mark.parametrize("name", GOOD)
def test_both_accept_what_the_platform_accepts(name: str) -> None:
    assert not refused(GOOD[name])


@pytest.mark.parametrize("document", [document for _, document, _ in BAD], ids=[name for name, _, _ in BAD])
def test_both_refuse_what_the_platform_refuses(document: Flow) -> None:
    assert refused(document)


def request(url: object) -> Flow:
    return with_node("HTTP", httpParam={"request": {"url": url, "method": "GET"}})


@pytest.mark.parametrize("host", PRIVATE.split())
def test_both_take_private_addresses_and_lint_warns(host: str) -> None:
    for url in (f"http://{host}:8080/x", f"HTTPS://{host.upper()}", f"http://user:pass@{host}/?a=b", f"//{host}/x", f"{host}:80/x"):
        assert not refused(request(url))
        assert [finding.rule for finding in linted(json.dumps(request(url)).encode())] == ["flow-http-address"]


@pytest.mark.parametrize(
    "url", [*PUBLIC, 7, ["http://127.0.0.1"], "http://", "http://localhost.example.com", "http://example.com/?u=http://127.0.0.1"]
)
def test_both_accept_other_addresses(url: object) -> None:
    assert not refused(request(url))


def inside(*nodes: dict[str, object]) -> Flow:
    return flow(chain(llm(), loop(chain(*nodes, end="NEXT_LOOP"))))


def extra_end(graph: Graph) -> Graph:
    """The graph with a second END behind its second node."""
    last = node("e2", "END")
    return {"workflowNodes": [*graph["workflowNodes"], last], "workflowEdges": [*graph["workflowEdges"], edge("llm", "e2")]}


def reading(value: object) -> dict[str, object]:
    return node("x", "LLM", llmParam={"userPrompt": "x"}, inputs=[{"name": "v", "source": "NODE", "value": value}])


EDGE_CASES: dict[str, tuple[Flow, bool]] = {
    "no format version": (changed(lambda d, n, e: d.pop("formatVersion")), False),
    "export time true": (changed(lambda d, n, e: d.update(exportTime=True)), True),
    "no export time": (changed(lambda d, n, e: d.pop("exportTime")), False),
    "blank id": (changed(lambda d, n, e: n[1].update(id=" ")), True),
    "an id that is a number, and edges that have it as text": (
        changed(lambda d, n, e: (n[1].update(id=7), e[0].update(targetNodeID="7"), e[1].update(sourceNodeID="7"))),
        False,
    ),
    "an id that is a number, twice": (changed(lambda d, n, e: (n[1].update(id=7), n[2].update(id="7"))), True),
    "export time null": (changed(lambda d, n, e: d.update(exportTime=None)), False),
    "export time with a fraction": (changed(lambda d, n, e: d.update(exportTime=1.5)), True),
    "a name that is a number": (changed(lambda d, n, e: d.update(name=7)), False),
    "a share of null": (changed(lambda d, n, e: d.update(creativityLevel=None)), False),
    "x as text": (changed(lambda d, n, e: n[1].update(x="12")), False),
    "y true": (changed(lambda d, n, e: n[1].update(y=True)), False),
    "a fraction": (changed(lambda d, n, e: n[1].update(y=1.5)), False),
    "end parameter null": (changed(lambda d, n, e: end_param(d, None)), False),
    "end of another type": (changed(lambda d, n, e: end_param(d, {"outputType": "JSON"})), False),
    "inputs null": (changed(lambda d, n, e: n[1].update(inputs=None)), False),
    "an input that is text": (changed(lambda d, n, e: n[1].update(inputs=["x"])), True),
    "an input without a source": (changed(lambda d, n, e: n[1].update(inputs=[{"name": "x"}])), False),
    "a source that is a list": (changed(lambda d, n, e: n[1].update(inputs=[{"source": ["NODE"]}])), True),
    "another node's subWorkflow null": (changed(lambda d, n, e: n[1].update(subWorkflow=None)), False),
    "another node's subWorkflow of any kind": (changed(lambda d, n, e: n[1].update(subWorkflow=[{}])), False),
    "a handle that is a number": (changed(lambda d, n, e: e[0].update(sourceHandle=1)), False),
    "the same edge twice, with ids of their own": (changed(lambda d, n, e: e.append({**e[0], "id": "again"})), False),
    "two paths": (changed(lambda d, n, e: e.append({**e[0], "id": "again", "targetNodeID": "end"})), False),
    "reading a name with a hash": (flow(chain(llm(), reading("llm#a # b#text"))), False),
    "reading with an empty id": (flow(chain(llm(), reading("#a#text"))), True),
    "reading null": (flow(chain(llm(), reading(None))), True),
    "an input value that is a list": (flow(chain(llm(), reading(["llm#a#b"]))), True),
    "a loop reads what comes before it": (inside(reading("llm#a#text")), False),
    "a loop reads what comes after it": (inside(reading("end#a#text")), True),
    "a loop reads itself from outside": (flow(chain(loop(chain(llm())), reading("loop#a#text"))), False),
    "a loop that reads itself, and is read from inside": (
        flow(chain({**loop(chain(reading("loop#a#text"))), "inputs": [{"source": "NODE", "value": "loop#a#b"}]})),
        True,
    ),
    "the outside reads a loop's node": (flow(chain(loop(chain(node("deep", "LLM", llmParam={"userPrompt": "x"}))), reading("deep#a#text"))), True),
    "a node inside has an outer one's id": (inside(reading("x#a#text")), True),
    "the outer node of that id may be read": (flow(chain(reading("start#a#b"), loop(chain(reading("x#a#text"))))), False),
    "two ends inside": (flow(chain(loop(extra_end(chain(llm()))))), False),
    "a loop of loops of breaks": (flow(chain(loop(chain(loop(chain(node("b", "BREAK"))))))), False),
    "set inside a batch inside a loop": (
        inside(
            node(
                "batch",
                "BATCH",
                batchParam={"inputArrays": [{"name": "a"}]},
                subWorkflow=chain(SETTER),
            )
        ),
        False,
    ),
    "a comment that reads": (
        changed(lambda d, n, e: n.append(node("c", "COMMENT", commentParam={}, inputs=[{"source": "NODE", "value": "start#a#b"}]))),
        True,
    ),
    "creativity true": (with_node("LLM", llmParam={"userPrompt": "x", "creativityLevel": True}), False),
    "creativity as text": (with_node("LLM", llmParam={"userPrompt": "x", "creativityLevel": "high"}), False),
    "a prompt that is a number": (with_node("LLM", llmParam={"userPrompt": 0}), False),
    "loop count 0": (flow(chain(loop(chain(llm()), limitedLoopCount=0))), False),
    "creativity of 70": (with_node("LLM", llmParam={"userPrompt": "x", "creativityLevel": 70}), False),
    "a tool of another organisation": (with_node("TOOL_API", toolApiParam={"toolId": "", "toolApiId": None}), False),
    "20 groups": (with_groups(*[{**GROUP, "groupName": f"g{index}"} for index in range(20)]), False),
    "two groups of one name": (with_groups(GROUP, GROUP), False),
    "a group that is text": (with_groups("reply"), True),
    "no intents": (with_node("INTENT", intentParam={"query": "x"}), True),
    "no branches": (with_node("CONDITION", conditionParam={"x": 1}), True),
    "no request": (with_node("HTTP", httpParam={"x": 1}), True),
    "intents of any kind": (with_node("INTENT", intentParam={"intents": {"a": 1}, "query": "x"}), True),
    "an intent that is text": (with_node("INTENT", intentParam={"intents": ["a"], "query": "x"}), True),
    "a branch that is text": (with_node("CONDITION", conditionParam={"conditionBranches": ["ELSE"]}), True),
    "groups of any kind": (with_node("VARIABLE_AGGREGATE", variableAggregateParam={"strategy": "FIRST_NON_NULL", "groups": {"a": 1}}), True),
    "request of any kind": (with_node("HTTP", httpParam={"request": "GET https://example.com"}), True),
    "mode missing": (with_node("TEXT_PROCESS", textProcessParam={"joinText": "x"}), True),
    "mode null": (with_node("TEXT_PROCESS", textProcessParam={"mode": None, "joinText": "x"}), True),
    "workflow null": (changed(lambda d, n, e: d.update(workflow=None)), True),
    "no workflow": (changed(lambda d, n, e: d.pop("workflow")), True),
    "no nodes at all": (flow({"workflowNodes": [], "workflowEdges": []}), True),
}


@pytest.mark.parametrize("name", EDGE_CASES)
def test_both_agree_on_edge_cases(name: str) -> None:
    document, expected = EDGE_CASES[name]
    assert refused(document) == expected


@pytest.mark.parametrize("path", [path for path in sorted(DATA.rglob("*.flow")) if path.parent.name == "ok"], ids=lambda path: path.name)
def test_sandbox_accepts_files_without_findings(path: Path) -> None:
    assert validate_import(path.read_bytes(), path.name, "workflow").refusal == ""


AGENT: Flow = {"formatVersion": "1.0", "exportType": "BOT", "name": "Desk", "botType": "Audio", "multiModal": {"multiModalInput": {"fileLimit": 1}}}
AGENTS: dict[str, tuple[Flow, bool]] = {
    "every kind of old": (AGENT, False),
    "many agents": ({"botType": "MultiAgent"}, False),
    "a Workflow": ({"botType": "Workflow"}, True),
    "no type": ({"botType": None}, True),
    "an unknown type": ({"botType": "Robot"}, True),
    "no name": ({"name": ""}, True),
    "a share out of range": ({"embeddingRate": -1}, True),
    "no limit of files": ({"multiModal": None}, False),
    "a loop without a model": ({"botType": "LoopAgent"}, False),
    "credentials": ({"plugins": [{"oAuthId": "a", "headers": {"a": "b"}}]}, False),
    "human service": ({"humanConfig": {"manufacturer": "SoBot", "status": "disable", "sendHumanTipSwitch": None}}, False),
    "human service, null": ({"humanConfig": None}, False),
    "human service, blank": ({"humanConfig": {"manufacturer": "", "status": None}}, False),
    "human service of no kind": ({"humanConfig": "LiveDesk"}, True),
    "an unknown manufacturer": ({"humanConfig": {"manufacturer": "livechat"}}, True),
    "an unknown status": ({"humanConfig": {"status": "on"}}, True),
    "a switch as text": ({"humanConfig": {"sendHumanTipSwitch": "true"}}, True),
    "variables": ({"customVariables": [{"name": "a", "type": "ARRAY_FILE"}], "userProperties": [{"name": "b", "type": "list"}]}, False),
    "variables, null": ({"customVariables": None}, False),
    "variables of no list": ({"customVariables": {}}, True),
    "a variable that is text": ({"customVariables": ["a"]}, True),
    "a variable without a name": ({"customVariables": [{"type": "STRING"}]}, True),
    "a variable of another list's type": ({"userProperties": [{"name": "a", "type": "STRING"}]}, True),
    "one name in both lists": ({"customVariables": [{"name": "a", "type": "STRING"}], "userProperties": [{"name": "a", "type": "bool"}]}, True),
}


@pytest.mark.parametrize("name", AGENTS)
def test_both_agree_on_agents(name: str) -> None:
    change, expected = AGENTS[name]
    content = json.dumps(AGENT | change).encode()
    assert any(finding.severity == "error" for finding in linted(content, "a.bot")) == expected
    assert bool(validate_import(content, "a.bot", "agent").refusal) == expected


def test_node_in_a_loop_may_read_a_loop_that_reads_itself() -> None:
    holder = {**loop(chain(reading("loop#a#text"))), "inputs": [{"source": "NODE", "value": "loop#a#b"}]}
    found = linted(json.dumps(flow(chain(holder))).encode())
    assert [finding.message for finding in found] == ["The LOOP node `loop` reads from itself."]
