"""Documents of docs/contracts/flow-format.md: what the platform takes (GOOD), and for each documented reason one that it refuses (BAD).

Both the sandbox's import validator and the linter are held against them; what is here shares no code with either.
"""

import copy
import itertools
from collections.abc import Callable
from typing import Any

Flow = dict[str, Any]
Graph = dict[str, Any]


def node(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": f"the {name}", "type": kind, "x": 0, "y": 0, **more}


def edge(source: str, target: str, handle: str = "out") -> dict[str, Any]:
    return {"id": f"{source}-{target}-{handle}", "sourceNodeID": source, "targetNodeID": target, "sourceHandle": handle, "targetHandle": "in"}


def chain(*middle: dict[str, Any], end: str = "END") -> Graph:
    """START, these nodes one after the other, and a last one."""
    nodes = [node("start", "START"), *middle, node("end", end)]
    return {"workflowNodes": nodes, "workflowEdges": [edge(str(a["id"]), str(b["id"])) for a, b in itertools.pairwise(nodes)]}


def flow(graph: Graph) -> Flow:
    return {"formatVersion": "1.0", "exportType": "WORKFLOW", "exportTime": 1758765323024, "name": "T", "botType": "Workflow", "workflow": graph}


def llm(**more: Any) -> dict[str, Any]:
    return node("llm", "LLM", llmParam={"userPrompt": "Hi {{q}}", **more.pop("llmParam", {})}, **more)


def loop(inner: Graph, **param: Any) -> dict[str, Any]:
    return node("loop", "LOOP", loopParam={"loopType": "LIMITED_LOOP", "limitedLoopCount": 3, **param}, subWorkflow=inner)


def branching(kind: str, field: str, param: dict[str, Any], handles: tuple[str, ...]) -> Flow:
    """START, a node with several ways out, END."""
    nodes = [node("start", "START"), node("fork", kind, **{field: param}), node("end", "END")]
    return flow({"workflowNodes": nodes, "workflowEdges": [edge("start", "fork"), *(edge("fork", "end", handle) for handle in handles)]})


BRANCHES = [{"type": "IF", "sourceHandle": "h1"}, {"type": "ELSE_IF", "sourceHandle": "h2"}, {"type": "ELSE", "sourceHandle": "h3"}]
INTENTS = [{"sourceHandle": "i1", "value": "buy"}, {"sourceHandle": "i2", "value": "sell"}]
JOIN = {"mode": "JOIN", "joinText": "{{a}}"}
GROUP: dict[str, Any] = {
    "groupName": "reply",
    "groupType": "STRING",
    "variables": [{"name": "a", "source": "DIRECT", "type": "STRING", "value": "x"}],
}
SETTER = node("set", "SET_INTERMEDIATE_VARIABLE", setIntermediateVariableParam={"assignments": [{"leftValue": "total"}]})
HTTP = {"request": {"url": "https://api.example.com/{{id}}", "method": "POST"}}

GOOD: dict[str, Flow] = {
    "one of every plain node": flow(
        chain(
            llm(inputs=[{"name": "q", "source": "NODE", "value": "start#q#v1"}, {"source": "DIRECT", "value": "x"}, {"source": "ENV", "value": "E"}]),
            node("audio", "AUDIO_LLM", audioLlmParam={"voice": "alloy", "userPrompt": "hi"}),
            node("code", "CODE", codeParam={"code": "pass", "language": "PYTHON"}),
            node("http", "HTTP", httpParam=HTTP),
            node("dataset", "DATASET", datasetParam={"query": "{{q}}", "docCorrelation": 0.5}),
            node("database", "DATABASE", databaseParam={"sqlQuery": "select 1"}),
            node("tool", "TOOL_API", toolApiParam={"toolId": "t", "toolApiId": "a"}),
            node("file", "FILE_PARSE", fileParseParam={"parseMode": "DEFAULT"}),
            node("split", "TEXT_PROCESS", textProcessParam={"mode": "SPLIT", "splitTarget": "{{x}}", "delimiters": [","]}),
            node("join", "TEXT_PROCESS", textProcessParam=JOIN),
            node("merge", "VARIABLE_AGGREGATE", variableAggregateParam={"strategy": "FIRST_NON_NULL", "groups": [GROUP]}),
        )
    ),
    "condition": branching("CONDITION", "conditionParam", {"conditionBranches": BRANCHES}, ("h1", "h2", "h3")),
    "intent": branching("INTENT", "intentParam", {"intents": INTENTS, "query": "{{q}}"}, ("i1", "i2")),
    "a loop that reads outer nodes": flow(
        chain(
            llm(),
            loop(
                chain(
                    node(
                        "inner",
                        "LLM",
                        llmParam={"userPrompt": "x"},
                        inputs=[{"source": "NODE", "value": "llm#a#b"}, {"source": "NODE", "value": "loop#a#b"}],
                    ),
                    SETTER,
                    end="NEXT_LOOP",
                )
            ),
        )
    ),
    "a loop whose outputs read its own variable and a node inside, by a number": flow(
        chain(
            loop(chain(node("inner", "CODE", codeParam={"code": "pass", "language": "JS"}) | {"id": 7}), intermediateVariables=[{"name": "total"}])
            | {"outputs": [{"source": "NODE", "value": value} for value in ("loop#Loop#total", "7#the inner#text")]}
        )
    ),
    "a batch": flow(chain(node("batch", "BATCH", batchParam={"inputArrays": [{"name": "a"}]}, subWorkflow=chain(llm())))),
    "a comment without edges": flow({**chain(llm()), "workflowNodes": [*chain(llm())["workflowNodes"], node("note", "COMMENT", commentParam={})]}),
}


def end_param(document: Flow, param: Any) -> None:
    document["workflow"]["workflowNodes"][-1]["endParam"] = param


def plain() -> Flow:
    return flow(chain(llm()))


def changed(change: Callable[[Flow, list[dict[str, Any]], list[dict[str, Any]]], Any], base: Flow | None = None) -> Flow:
    document = copy.deepcopy(base or plain())
    change(document, document["workflow"]["workflowNodes"], document["workflow"]["workflowEdges"])
    return document


def extended(nodes: list[Any], edges: list[dict[str, Any]]) -> Flow:
    """The plain flow with more in it."""
    return changed(lambda d, n, e: (d["workflow"].update(workflowNodes=n + nodes), d["workflow"].update(workflowEdges=e + edges)))


def without(node_place: int, edge_place: int) -> Flow:
    return changed(lambda d, n, e: (n.pop(node_place), e.pop(edge_place)))


def with_node(kind: str, **more: Any) -> Flow:
    return flow(chain(node("it", kind, **more)))


def with_groups(*groups: Any) -> Flow:
    return with_node("VARIABLE_AGGREGATE", variableAggregateParam={"strategy": "FIRST_NON_NULL", "groups": [*groups]})


def cycle() -> Flow:
    graph = chain(llm(), node("b", "LLM", llmParam={"userPrompt": "x"}))
    graph["workflowEdges"].insert(0, edge("b", "llm", "back"))
    return flow(graph)


BAD: list[tuple[str, Flow, str]] = [
    ("no name", changed(lambda d, n, e: d.pop("name")), "name is missing"),
    ("blank name", changed(lambda d, n, e: d.update(name=" ")), "name is missing"),
    ("creativity at the top", changed(lambda d, n, e: d.update(creativityLevel=2)), "creativityLevel"),
    ("correlation as text", changed(lambda d, n, e: d.update(docCorrelation="0.5")), "docCorrelation"),
    ("embedding true", changed(lambda d, n, e: d.update(embeddingRate=True)), "embeddingRate"),
    ("export type", changed(lambda d, n, e: d.update(exportType="FLOW")), "exportType"),
    ("export type missing", changed(lambda d, n, e: d.pop("exportType")), "exportType"),
    ("bot type", changed(lambda d, n, e: d.update(botType="Flow")), "botType"),
    ("bot type missing", changed(lambda d, n, e: d.pop("botType")), "botType"),
    ("export time as text", changed(lambda d, n, e: d.update(exportTime="2025-09-25T01:55:23Z")), "exportTime"),
    ("no workflow", changed(lambda d, n, e: d.update(workflow=None)), "workflow must be"),
    ("nodes no list", changed(lambda d, n, e: d["workflow"].update(workflowNodes={})), "workflowNodes"),
    ("node no object", extended(["x"], []), "must hold objects"),
    ("no edges", changed(lambda d, n, e: d["workflow"].pop("workflowEdges")), "workflowEdges"),
    ("node without id", changed(lambda d, n, e: n[1].update(id="")), "no id"),
    ("node without name", changed(lambda d, n, e: n[1].pop("name")), "no name"),
    ("id twice", changed(lambda d, n, e: n[1].update(id="start")), "two nodes have the id"),
    ("name twice", changed(lambda d, n, e: n[1].update(name="the start")), "two nodes have the name"),
    ("no x", changed(lambda d, n, e: n[1].pop("x")), "x is missing"),
    ("no y", changed(lambda d, n, e: n[1].update(y=None)), "y is missing"),
    ("unknown type", changed(lambda d, n, e: n[1].update(type="MAGIC")), "unknown type"),
    ("type no text", changed(lambda d, n, e: n[1].update(type=[1])), "unknown type"),
    ("type missing", changed(lambda d, n, e: n[1].pop("type")), "unknown type"),
    ("two starts", changed(lambda d, n, e: n.append(node("s2", "START"))), "exactly one START"),
    ("no start", without(0, 0), "exactly one START"),
    ("no end", without(-1, -1), "exactly one END"),
    ("two ends", extended([node("e2", "END")], [edge("llm", "e2")]), "exactly one END"),
    ("start with inbound", changed(lambda d, n, e: e.append(edge("llm", "start"))), "inbound"),
    ("start without outbound", changed(lambda d, n, e: e.pop(0)), "no outbound"),
    ("end with outbound", changed(lambda d, n, e: e.append(edge("end", "llm"))), "outbound"),
    ("node without outbound", changed(lambda d, n, e: e.pop()), "llm has no outbound"),
    ("end without inbound", changed(lambda d, n, e: e.pop(), cycle()), "end has no inbound"),
    ("node without inbound", extended([node("b", "LLM", llmParam={"userPrompt": "x"})], [edge("b", "end")]), "no inbound"),
    ("comment with an edge", extended([node("c", "COMMENT", commentParam={})], [edge("llm", "c")]), "has an edge"),
    ("edge without id", changed(lambda d, n, e: e[0].update(id="")), "id is missing"),
    ("edge without source", changed(lambda d, n, e: e[0].pop("sourceNodeID")), "sourceNodeID"),
    ("edge without target", changed(lambda d, n, e: e[0].update(targetNodeID=None)), "targetNodeID"),
    ("edge without source handle", changed(lambda d, n, e: e[0].update(sourceHandle="")), "sourceHandle"),
    ("edge without target handle", changed(lambda d, n, e: e[0].pop("targetHandle")), "targetHandle"),
    ("edge id twice", changed(lambda d, n, e: e[1].update(id=e[0]["id"])), "two edges"),
    ("edge to nowhere", changed(lambda d, n, e: e[1].update(targetNodeID="gone")), "does not exist"),
    ("self-loop", changed(lambda d, n, e: e.append(edge("llm", "llm", "self"))), "its own node"),
    ("cycle", cycle(), "cycle"),
    ("end without text", changed(lambda d, n, e: end_param(d, {"outputType": "TEXT"})), "outputText"),
    ("end param no object", changed(lambda d, n, e: end_param(d, "x")), "endParam"),
    ("llm without param", with_node("LLM"), "llmParam"),
    ("llm without prompt", with_node("LLM", llmParam={"userPrompt": "  "}), "userPrompt"),
    ("audio without voice", with_node("AUDIO_LLM", audioLlmParam={"userPrompt": "x"}), "voice"),
    ("audio without prompt", with_node("AUDIO_LLM", audioLlmParam={"voice": "x"}), "userPrompt"),
    ("intents empty", with_node("INTENT", intentParam={"intents": [], "query": "x"}), "intents"),
    ("intents no list", with_node("INTENT", intentParam={"intents": "x", "query": "x"}), "intents"),
    ("intent without value", with_node("INTENT", intentParam={"intents": [{"sourceHandle": "i1"}], "query": "x"}), "sourceHandle and value"),
    ("intent without an edge", branching("INTENT", "intentParam", {"intents": INTENTS, "query": "x"}, ("i1",)), "no edge leaves"),
    ("intent without query", branching("INTENT", "intentParam", {"intents": INTENTS}, ("i1", "i2")), "query"),
    ("no branches", with_node("CONDITION", conditionParam={"conditionBranches": []}), "conditionBranches"),
    ("no else", branching("CONDITION", "conditionParam", {"conditionBranches": BRANCHES[:2]}, ("h1", "h2")), "ELSE"),
    ("two else", branching("CONDITION", "conditionParam", {"conditionBranches": [*BRANCHES, BRANCHES[2]]}, ("h1", "h2", "h3")), "ELSE"),
    ("branch type", branching("CONDITION", "conditionParam", {"conditionBranches": [{"sourceHandle": "h1", "name": "ELSE"}]}, ("h1",)), "type"),
    ("branch without an edge", branching("CONDITION", "conditionParam", {"conditionBranches": BRANCHES}, ("h1", "h2")), "no edge leaves"),
    ("code empty", with_node("CODE", codeParam={"code": "", "language": "JS"}), "code"),
    ("code language", with_node("CODE", codeParam={"code": "x", "language": "RUBY"}), "language"),
    ("http without request", with_node("HTTP", httpParam={}), "request"),
    ("http without url", with_node("HTTP", httpParam={"request": {"method": "GET"}}), "url and method"),
    ("http without method", with_node("HTTP", httpParam={"request": {"url": "https://example.com"}}), "url and method"),
    ("dataset query", with_node("DATASET", datasetParam={}), "query"),
    ("database query", with_node("DATABASE", databaseParam={"sqlQuery": ""}), "sqlQuery"),
    ("tool id", with_node("TOOL_API", toolApiParam={"toolApiId": "a"}), "toolId"),
    ("tool api id", with_node("TOOL_API", toolApiParam={"toolId": "a"}), "toolApiId"),
    ("parse mode", with_node("FILE_PARSE", fileParseParam={"parseMode": "FAST"}), "parseMode"),
    ("text mode", with_node("TEXT_PROCESS", textProcessParam={"mode": "TRIM"}), "mode"),
    ("split target", with_node("TEXT_PROCESS", textProcessParam={"mode": "SPLIT", "delimiters": [","]}), "splitTarget"),
    ("split delimiters", with_node("TEXT_PROCESS", textProcessParam={"mode": "SPLIT", "splitTarget": "x"}), "delimiters"),
    ("join text", with_node("TEXT_PROCESS", textProcessParam={"mode": "JOIN"}), "joinText"),
    ("strategy", with_node("VARIABLE_AGGREGATE", variableAggregateParam={"strategy": "LAST", "groups": [GROUP]}), "strategy"),
    ("no groups", with_node("VARIABLE_AGGREGATE", variableAggregateParam={"strategy": "FIRST_NON_NULL", "groups": []}), "groups"),
    ("21 groups", with_groups(*[GROUP] * 21), "groups"),
    ("group without a name", with_groups({**GROUP, "groupName": None}), "groupName"),
    ("group without a type", with_groups({**GROUP, "groupType": ""}), "groupType"),
    ("group without variables", with_groups({**GROUP, "variables": []}), "variables"),
    ("11 variables", with_groups({**GROUP, "variables": GROUP["variables"] * 11}), "variables"),
    ("variable of another type", with_groups({**GROUP, "groupType": "NUMBER"}), "one type"),
    ("loop type", flow(chain(loop(chain(llm()), loopType="FOREVER"))), "loopType"),
    ("loop without arrays", flow(chain(loop(chain(llm()), loopType="ARRAY_BASED"))), "inputArrays"),
    ("loop without count", flow(chain(loop(chain(llm()), limitedLoopCount=None))), "limitedLoopCount"),
    ("loop variable index", flow(chain(loop(chain(llm()), intermediateVariables=[{"name": "index"}]))), "index"),
    ("loop variable twice", flow(chain(loop(chain(llm()), intermediateVariables=[{"name": "a"}, {"name": "a"}]))), "one name"),
    ("name in both lists", flow(chain(loop(chain(llm()), inputArrays=[{"name": "a"}], intermediateVariables=[{"name": "a"}]))), "one name"),
    ("batch names twice", with_node("BATCH", batchParam={"inputArrays": [{"name": "a"}, {"name": "a"}]}, subWorkflow=chain(llm())), "one name"),
    ("no assignments", flow(chain(loop(chain({**SETTER, "setIntermediateVariableParam": {"assignments": []}})))), "assignments"),
    ("no left value", flow(chain(loop(chain({**SETTER, "setIntermediateVariableParam": {"assignments": [{}]}})))), "leftValue"),
    ("loop without graph", with_node("LOOP", loopParam={"loopType": "LIMITED_LOOP", "limitedLoopCount": 1}), "subWorkflow"),
    ("batch without arrays", with_node("BATCH", batchParam={}, subWorkflow=chain(llm())), "inputArrays"),
    ("batch index", with_node("BATCH", batchParam={"inputArrays": [{"name": "index"}]}, subWorkflow=chain(llm())), "index"),
    ("set outside a loop", flow(chain(SETTER)), "inside a LOOP"),
    ("set inside a batch", with_node("BATCH", batchParam={"inputArrays": [{}]}, subWorkflow=chain(SETTER)), "LOOP"),
    ("break outside", with_node("BREAK"), "inside a subWorkflow"),
    ("continue outside", with_node("CONTINUE"), "inside a subWorkflow"),
    ("next outside", with_node("NEXT_LOOP"), "inside a subWorkflow"),
    ("inner graph without start", flow(chain(loop({"workflowNodes": [], "workflowEdges": []}))), "START"),
    ("inner graph, two levels down", flow(chain(loop(chain(loop(chain(node("bad", "CODE", codeParam={"code": "x"}))))))), "language"),
    ("inputs no list", with_node("LLM", llmParam={"userPrompt": "x"}, inputs={}), "inputs"),
    ("input source", with_node("LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "MAGIC"}]), "source"),
    ("reading nothing", with_node("LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": "start"}]), "not nodeId"),
    ("reading nobody", with_node("LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": "gone#a#b"}]), "does not exist"),
    ("reading downstream", with_node("LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": "end#a#b"}]), "not upstream"),
    ("reading itself", with_node("LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": "it#a#b"}]), "not upstream"),
]  # fmt: skip


PRIVATE = (
    "localhost a.localhost 127.0.0.1 127.1 2130706433 0x7f000001 10.0.0.8 192.168.1.1 172.16.0.1 169.254.169.254 [::1] [fd00::1] [::ffff:10.0.0.1]"
)
PUBLIC = ("https://8.8.8.8/", "https://example.com", "{{base}}/x", "https://{{host}}/", "http://[half", "api.example.com:8080/x")
