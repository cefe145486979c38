"""Mistakes to make in a random `.flow`. Each says by itself which rule must fire, and at which node or edge; nothing here is the linter's.

A mutation takes a generator with its document, changes it, and returns what must be found: rules with the path of a node, an edge, or ()
for the rest. It returns None when the document has nothing for it.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from flow_generator import BRANCHING, PLAIN, Edge, Generator, Made, Node, Place, branches

Expected = list[tuple[str, Place]]
Mutation = Callable[[Generator], Expected | None]

MUTATIONS: dict[str, Mutation] = {}
_NO_WAY_OUT = ("END", "NEXT_LOOP", "CONTINUE", "BREAK", "COMMENT")
_PARAMETERS = {
    "LLM": ("llmParam", ["userPrompt"]),
    "AUDIO_LLM": ("audioLlmParam", ["voice", "userPrompt"]),
    "INTENT": ("intentParam", ["query"]),
    "CODE": ("codeParam", ["code", "language"]),
    "HTTP": ("httpParam", ["request"]),
    "DATASET": ("datasetParam", ["query"]),
    "DATABASE": ("databaseParam", ["sqlQuery"]),
    "TOOL_API": ("toolApiParam", ["toolId", "toolApiId"]),
    "FILE_PARSE": ("fileParseParam", ["parseMode"]),
    "TEXT_PROCESS": ("textProcessParam", ["mode", "delimiters", "joinText", "splitTarget"]),
    "VARIABLE_AGGREGATE": ("variableAggregateParam", ["strategy"]),
    "LOOP": ("loopParam", ["loopType", "inputArrays", "limitedLoopCount"]),
    "BATCH": ("batchParam", ["inputArrays"]),
}


def mutation(function: Mutation) -> Mutation:
    MUTATIONS[function.__name__] = function
    return function


def some(random: Random, found: list[Any]) -> Any:
    return random.choice(found) if found else None


def any_graph(made: Generator) -> Made:
    return made.random.choice(made.graphs)


def pick(made: Generator, *kinds: str) -> tuple[Made, Node] | None:
    """A node of one of these types (of any type), in any graph."""
    found: tuple[Made, Node] | None = some(
        made.random, [(graph, node) for graph in made.graphs for node in (graph.of(*kinds) if kinds else graph.nodes)]
    )
    return found


def pick_edge(made: Generator) -> tuple[Made, Edge]:
    graph = any_graph(made)
    return graph, made.random.choice(graph.edges)


def add_edge(made: Generator, graph: Made, source: Node, target: Node) -> Edge:
    handles = [each["sourceHandle"] for each in branches(source)] or ["out"]
    ends = {"sourceNodeID": source["id"], "targetNodeID": target["id"], "sourceHandle": handles[0], "targetHandle": "in"}
    edge = {"id": made.fresh("added"), **ends}
    graph.edges.insert(made.random.randint(0, len(graph.edges)), edge)
    return edge


def add_node(made: Generator, graph: Made, kind: str = "LLM") -> Node:
    node = made.node(kind) | ({"llmParam": {"userPrompt": "Hello"}} if kind == "LLM" else {"commentParam": {}} if kind == "COMMENT" else {})
    graph.nodes.append(node)
    return node


def upstream_of(graph: Made, node: Node) -> list[Node]:
    """By the edges as they are."""
    waiting = [node["id"]]
    for name in waiting:
        for edge in graph.edges:
            if edge["targetNodeID"] == name and edge["sourceNodeID"] not in waiting:
                waiting.append(edge["sourceNodeID"])
    return [each for each in graph.nodes if each["id"] in waiting[1:]]


def at_node(rule: str) -> Callable[[Callable[[Generator, Node], Any]], Mutation]:
    """For a mutation of one node's inside: it returns None, and changes nothing, when the node will not do."""

    def decorate(function: Callable[[Generator, Node], Any]) -> Mutation:
        def mutate(made: Generator) -> Expected | None:
            pairs = [(graph, node) for graph in made.graphs for node in graph.nodes]
            for graph, node in made.random.sample(pairs, len(pairs)):
                place = graph.place(node)
                if function(made, node) is not None:
                    return [(rule, place)]
            return None

        MUTATIONS[function.__name__] = mutate
        return mutate

    return decorate


# The top of the file


@mutation
def another_export_type(made: Generator) -> Expected:
    made.document["exportType"] = made.random.choice(["BOT", "FLOW", "", None, 7])
    return [("flow-export-type", ())]


@mutation
def another_bot_type(made: Generator) -> Expected:
    made.document.pop("botType")
    made.document |= made.random.choice([{}, {"botType": "Flow"}, {"botType": None}])
    return [("flow-bot-type", ())]


@mutation
def another_export_time(made: Generator) -> Expected:
    made.document["exportTime"] = made.random.choice(["2025-09-25T01:35:23Z", None, True, []])
    return [("flow-export-time", ())]


@mutation
def no_format_version(made: Generator) -> Expected:
    made.document.pop("formatVersion")
    return [("flow-format-version", ())]


@mutation
def credentials_at_the_top(made: Generator) -> Expected:
    made.document["apiSecrets"] = [{"name": "crm"}]
    return [("flow-credentials", ())]


# The graph's lists


@mutation
def no_list_of_edges(made: Generator) -> Expected:
    graph = any_graph(made)
    holder: Any = made.document
    for part in graph.path:
        holder = holder[part]
    if made.random.random() < 0.5:
        del holder["workflowEdges"]
    else:
        holder["workflowEdges"] = made.random.choice([None, {}, "", 0])
    return [("flow-graph", graph.path[:-1])]


@mutation
def a_node_that_is_no_mapping(made: Generator) -> Expected:
    graph = any_graph(made)
    graph.nodes.append(made.random.choice(["LLM", None, [], 7]))
    return [("flow-graph", (*graph.path, "workflowNodes", len(graph.nodes) - 1))]


@mutation
def an_edge_that_is_no_mapping(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    place = graph.place(edge)
    graph.edges[int(place[-1])] = made.random.choice(["edge", None, [], 7])
    return [("flow-graph", place)]


@mutation
def no_start(made: Generator) -> Expected:
    graph = any_graph(made)
    start = graph.of("START")[0]
    if made.random.random() < 0.5:
        start["type"] = "LLM"
        start["llmParam"] = {"userPrompt": "Hello"}
        return [("flow-start-count", graph.path[:-1]), ("flow-node-inbound", graph.place(start))]
    graph.nodes.remove(start)
    return [("flow-start-count", graph.path[:-1])]


@mutation
def a_second_start(made: Generator) -> Expected:
    graph = any_graph(made)
    node = add_node(made, graph, "START")
    add_edge(made, graph, node, made.random.choice([each for each in graph.nodes if each["type"] not in ("START", "COMMENT")]))
    return [("flow-start-count", graph.place(node))]


@mutation
def a_second_end(made: Generator) -> Expected:
    graph = made.random.choice([each for each in made.graphs if each.of("END")])
    source = made.random.choice([each for each in graph.nodes if each["type"] not in _NO_WAY_OUT])
    node = add_node(made, graph, "END")
    add_edge(made, graph, source, node)
    return [("flow-end-count", graph.place(node))]


@mutation
def no_end(made: Generator) -> Expected:
    graph = made.graphs[0]
    end = graph.of("END")[0]
    end |= {"type": "FILE_PARSE", "fileParseParam": {"parseMode": "DEFAULT"}}
    return [("flow-end-count", graph.path[:-1]), ("flow-node-outbound", graph.place(end))]


# A node's own fields


@at_node("flow-node-id")
def a_node_without_an_id(made: Generator, node: Node) -> Any:
    old = node.pop("id")
    node |= made.random.choice([{}, {"id": ""}, {"id": " "}, {"id": 7}, {"id": None}, {"id": [old]}])
    return node


@mutation
def an_id_twice(made: Generator) -> Expected | None:
    graph = any_graph(made)
    first, second = sorted(made.random.sample(range(len(graph.nodes)), 2))
    node = graph.nodes[second]
    if "COMMENT" in (node["type"], graph.nodes[first]["type"]):  # then edges lead to a comment as well
        return None
    place = graph.place(node)
    node["id"] = graph.nodes[first]["id"]
    closed = {graph.nodes[first]["type"], node["type"]} & {"START", "END"}
    return None if closed else [("flow-node-id", place)]


@at_node("flow-node-name")
def a_node_without_a_name(made: Generator, node: Node) -> Any:
    node.pop("name")
    node |= made.random.choice([{}, {"name": ""}, {"name": "  "}, {"name": 7}, {"name": None}])
    return node


@mutation
def a_name_twice(made: Generator) -> Expected:
    graph = any_graph(made)
    first, second = sorted(made.random.sample(range(len(graph.nodes)), 2))
    graph.nodes[second]["name"] = graph.nodes[first]["name"]
    return [("flow-node-name", graph.place(graph.nodes[second]))]


@at_node("flow-node-type")
def an_unknown_type(made: Generator, node: Node) -> Any:
    node.pop("type")
    node |= made.random.choice([{}, {"type": "MAGIC"}, {"type": "llm"}, {"type": ""}, {"type": None}, {"type": ["LLM"]}])
    return node


@at_node("flow-node-position")
def a_node_without_a_position(made: Generator, node: Node) -> Any:
    axis = made.random.choice("xy")
    node.pop(axis)
    node |= made.random.choice([{}, {axis: None}, {axis: "12"}, {axis: True}])
    return node


@at_node("flow-node-parameter")
def a_node_without_its_parameters(made: Generator, node: Node) -> Any:
    key = next((key for key in node if key.endswith("Param") and key != "endParam"), "")
    if not key or node["type"] in BRANCHING:
        return None
    node.pop(key)
    node |= made.random.choice([{}, {key: None}, {key: "x"}, {key: []}])
    return node


@at_node("flow-node-parameter")
def a_loop_without_its_graph(made: Generator, node: Node) -> Any:
    if "subWorkflow" not in node:
        return None
    made.graphs = made.graphs[:1]
    return node.pop("subWorkflow")


@at_node("flow-node-required")
def a_required_field_is_missing(made: Generator, node: Node) -> Any:
    key, fields = _PARAMETERS.get(node["type"], ("", []))
    there = [field for field in fields if field in node[key]]
    if not there:
        return None
    field = made.random.choice(there)
    node[key].pop(field)
    node[key] |= made.random.choice([{}, {field: None}, {field: ""}, {field: "\n"}, {field: []}, {field: {}}])
    return node


@at_node("flow-node-required")
def an_address_without_its_half(made: Generator, node: Node) -> Any:
    return node["httpParam"]["request"].pop(made.random.choice(["url", "method"])) if node["type"] == "HTTP" else None


@at_node("flow-node-required")
def an_end_without_its_text(made: Generator, node: Node) -> Any:
    if node["type"] != "END":
        return None
    node["endParam"] = {"outputType": "TEXT"} | made.random.choice([{}, {"outputText": ""}])
    return node


@at_node("flow-node-required")
def an_intent_without_its_value(made: Generator, node: Node) -> Any:
    return made.random.choice(branches(node)).pop("value") if node["type"] == "INTENT" else None


@at_node("flow-node-option")
def an_option_that_is_none(made: Generator, node: Node) -> Any:
    key, _ = _PARAMETERS.get(node["type"], ("", []))
    field = next((each for each in ("language", "parseMode", "mode", "strategy", "loopType") if key and each in node[key]), "")
    if not field:
        return None
    node[key][field] = made.random.choice(["python", "FAST", 7, ["JS"], True])
    return node


@at_node("flow-number-range")
def a_share_that_is_too_large(made: Generator, node: Node) -> Any:
    holder = node.get("llmParam") or node.get("datasetParam")
    if not holder:
        return None
    (holder.get("recall") or holder)["embeddingRate"] = made.random.choice([1.01, -0.5, 70, -1e300])
    return node


@at_node("flow-http-address")
def a_private_address(made: Generator, node: Node) -> Any:
    hosts = ("localhost", "LOCALHOST.", "127.0.0.1", "10.1.2.3", "[::1]", "192.168.0.1:8080", "a:b@172.31.0.1", "0x7f.1", "169.254.169.254", "0")
    if node["type"] != "HTTP":
        return None
    node["httpParam"]["request"]["url"] = made.random.choice(["http://{}/x", "https://{}", "{}/x?y=1"]).format(made.random.choice(hosts))
    return node


@at_node("flow-condition-else")
def a_condition_without_else(made: Generator, node: Node) -> Any:
    if node["type"] != "CONDITION":
        return None
    branches(node)[-1]["type"] = made.random.choice(["ELSE_IF", "else", None, ""])
    return node


@at_node("flow-condition-else")
def a_condition_with_two_else(made: Generator, node: Node) -> Any:
    if node["type"] != "CONDITION":
        return None
    branches(node)[0]["type"] = "ELSE"
    return node


@at_node("flow-aggregate-groups")
def too_few_or_many_groups(made: Generator, node: Node) -> Any:
    if node["type"] != "VARIABLE_AGGREGATE":
        return None
    node["variableAggregateParam"]["groups"] = made.random.choice([[], [{}] * 11, None, {"a": 1}, "x"])
    return node


@at_node("flow-loop-variable")
def a_variable_named_index(made: Generator, node: Node) -> Any:
    lists = [each for each in (node.get("loopParam") or node.get("batchParam") or {}).values() if isinstance(each, list)]
    if not lists:
        return None
    made.random.choice(lists)[0]["name"] = "index"
    return node


@at_node("flow-loop-variable")
def a_loop_variable_twice(made: Generator, node: Node) -> Any:
    if node["type"] != "LOOP":
        return None
    node["loopParam"]["intermediateVariables"] *= 2
    made.random.shuffle(node["loopParam"]["intermediateVariables"])
    node["loopParam"]["intermediateVariables"] = node["loopParam"]["intermediateVariables"][:3]
    return node


@at_node("flow-credentials")
def credentials_in_a_node(made: Generator, node: Node) -> Any:
    holder = made.random.choice([node, *([node["llmParam"]] if "llmParam" in node else [])])
    holder[made.random.choice(["authKey", "authSecret", "apiSecrets"])] = "k-1234"
    return node


@at_node("flow-credentials")
def a_plugin_with_headers(made: Generator, node: Node) -> Any:
    if node["type"] != "TOOL_API":
        return None
    node["toolApiParam"][made.random.choice(["headers", "queries"])] = made.random.choice([[{"a": "b"}], {"a": "b"}])
    return node


@at_node("flow-unknown-name")
def a_name_that_nothing_offers(made: Generator, node: Node) -> Any:
    key, fields = _PARAMETERS.get(node["type"], ("", []))
    field = next((each for each in fields if isinstance(node[key].get(each), str)), "") if node["type"] not in ("CODE", "FILE_PARSE") else ""
    if not field or field in ("mode", "strategy", "loopType"):
        return None
    node[key][field] += made.random.choice(["{{nothing}}", "{{ nothing }}", "{{nothing.inside}}", "{{nothing[0]}}"])
    return node


# What a node reads


@at_node("flow-input")
def an_input_of_no_source(made: Generator, node: Node) -> Any:
    wrong = [{"name": "a"}, {"name": "a", "source": "CONSTANT"}, {"source": None}, {"source": ["NODE"]}, "a", None, []]
    node["inputs"].append(made.random.choice(wrong))
    return node


@at_node("flow-input")
def inputs_that_are_no_list(made: Generator, node: Node) -> Any:
    if "{{" in str({key: node[key] for key in node if key.endswith("Param")}):  # the names would be gone
        return None
    node["inputs"] = made.random.choice([{}, "a", 0, False])
    return node


def reading(made: Generator, node: Node, value: Any) -> Node:
    node["inputs"].insert(made.random.randint(0, len(node["inputs"])), {"name": "x", "source": "NODE", "value": value})
    return node


@at_node("flow-reference")
def a_reading_of_no_form(made: Generator, node: Node) -> Any:
    return reading(made, node, made.random.choice(["start", "start#text", "", None, 7, ["a#b#c"], "##", "#a#b"]))


@at_node("flow-reference")
def a_reading_of_nobody(made: Generator, node: Node) -> Any:
    return reading(made, node, "nobody_at_all#a#b")


@mutation
def a_reading_from_inside_another_loop(made: Generator) -> Expected | None:
    if len(made.graphs) < 2:
        return None
    node = made.random.choice([each for each in made.graphs[0].nodes if each["type"] != "COMMENT"])
    reading(made, node, f"{made.graphs[1].nodes[0]['id']}#a#b")
    return [("flow-reference", made.graphs[0].place(node))]


@mutation
def a_reading_of_what_is_not_upstream(made: Generator) -> Expected | None:
    graph = any_graph(made)
    node = made.random.choice(graph.nodes)
    known = upstream_of(graph, node)
    others = [each for each in graph.nodes if not any(each is other for other in known)]  # itself too
    other = made.random.choice(others)
    reading(made, node, f"{other['id']}#a#{other['outputs'][0]['id']}")
    return [("flow-reference-upstream", graph.place(node))]


@mutation
def a_loop_reads_what_comes_after_it(made: Generator) -> Expected | None:
    inner = [graph for graph in made.graphs if graph.around]
    if not inner:
        return None
    graph = made.random.choice(inner)
    outer = next(each for each in made.graphs if each.path == graph.path[: len(each.path)] and len(each.path) == len(graph.path) - 3)
    node = made.random.choice(graph.nodes)
    end = next(each for each in outer.nodes if each["type"] in ("END", "NEXT_LOOP", "CONTINUE", "BREAK"))
    reading(made, node, f"{end['id']}#a#{end['outputs'][0]['id']}")
    return [("flow-reference-upstream", graph.place(node))]


@mutation
def a_reading_of_what_is_not_listed(made: Generator) -> Expected | None:
    graph = any_graph(made)
    node = made.random.choice(graph.nodes)
    origin = some(made.random, upstream_of(graph, node))
    if not origin:
        return None
    reading(made, node, f"{origin['id']}#a#unlisted")
    return [("flow-reference-variable", graph.place(node))]


# Edges


@mutation
def an_edge_without_an_id(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    edge.pop("id")
    edge |= made.random.choice([{}, {"id": ""}, {"id": 7}, {"id": None}])
    return [("flow-edge-id", graph.place(edge))]


@mutation
def an_edge_id_twice(made: Generator) -> Expected | None:
    graph = any_graph(made)
    if len(graph.edges) < 2:
        return None
    first, second = sorted(made.random.sample(range(len(graph.edges)), 2))
    graph.edges[second]["id"] = graph.edges[first]["id"]
    return [("flow-edge-id", graph.place(graph.edges[second]))]


@mutation
def an_edge_with_an_empty_field(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    field = made.random.choice(["sourceNodeID", "targetNodeID", "sourceHandle", "targetHandle"])
    edge.pop(field)
    edge |= made.random.choice([{}, {field: ""}, {field: None}, {field: 7}, {field: ["a"]}])
    return [("flow-edge-field", graph.place(edge))]


@mutation
def an_edge_to_or_from_nowhere(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    edge[made.random.choice(["sourceNodeID", "targetNodeID"])] = "nobody_at_all"
    return [("flow-edge-ends", graph.place(edge))]


@mutation
def an_edge_into_another_graph(made: Generator) -> Expected | None:
    if len(made.graphs) < 2:
        return None
    graph, other = made.random.sample(made.graphs, 2)
    edge = made.random.choice(graph.edges)
    edge["targetNodeID"] = other.nodes[-1]["id"]
    return [("flow-edge-ends", graph.place(edge))]


@mutation
def an_edge_from_a_node_to_itself(made: Generator) -> Expected:
    graph = any_graph(made)
    node = made.random.choice([each for each in graph.nodes if each["type"] != "COMMENT"])
    return [("flow-self-loop", graph.place(add_edge(made, graph, node, node)))]


@mutation
def an_edge_turned_to_its_own_source(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    edge["targetNodeID"] = edge["sourceNodeID"]
    return [("flow-self-loop", graph.place(edge))]


@mutation
def a_cycle(made: Generator) -> Expected | None:
    """An edge back along the only edge to a node, so that it alone can be the one that closes the cycle."""
    graph = any_graph(made)
    targets = [edge["targetNodeID"] for edge in graph.edges]
    by_id = {node["id"]: node for node in graph.nodes}
    ends = [(by_id[edge["sourceNodeID"]], by_id[edge["targetNodeID"]]) for edge in graph.edges if targets.count(edge["targetNodeID"]) == 1]
    found = some(made.random, [pair for pair in ends if pair[0]["type"] != "START" and pair[1]["type"] not in _NO_WAY_OUT])
    return [("flow-cycle", graph.place(add_edge(made, graph, found[1], found[0])))] if found else None


@mutation
def an_edge_to_start(made: Generator) -> Expected | None:
    graph = any_graph(made)
    source = some(made.random, graph.of(*PLAIN, *BRANCHING, "LOOP", "BATCH"))
    return [("flow-node-inbound", graph.place(add_edge(made, graph, source, graph.of("START")[0])))] if source else None


@mutation
def an_edge_from_end(made: Generator) -> Expected | None:
    found = pick(made, "END")
    target = found and some(made.random, found[0].of(*PLAIN, *BRANCHING, "LOOP", "BATCH"))
    return [("flow-node-outbound", found[0].place(add_edge(made, found[0], found[1], target)))] if found and target else None


@mutation
def an_edge_at_a_comment(made: Generator) -> Expected:
    graph = any_graph(made)
    note = add_node(made, graph, "COMMENT")
    other = made.random.choice([each for each in graph.nodes if each["type"] not in (*_NO_WAY_OUT, "START")] or graph.of("START"))
    pair = (note, other) if made.random.random() < 0.5 and other["type"] != "START" else (other, note)
    return [("flow-comment-edge", graph.place(add_edge(made, graph, *pair)))]


@mutation
def a_node_that_nothing_leads_to(made: Generator) -> Expected:
    graph = any_graph(made)
    node = add_node(made, graph)
    add_edge(made, graph, node, made.random.choice([each for each in graph.nodes if each["type"] not in ("START", "COMMENT") and each is not node]))
    return [("flow-node-inbound", graph.place(node))]


@mutation
def a_node_without_any_edge(made: Generator) -> Expected:
    graph = any_graph(made)
    return [("flow-node-inbound", graph.place(add_node(made, graph)))]


@mutation
def a_node_that_leads_nowhere(made: Generator) -> Expected:
    graph = any_graph(made)
    source = made.random.choice([each for each in graph.nodes if each["type"] not in _NO_WAY_OUT])
    node = add_node(made, graph)
    add_edge(made, graph, source, node)
    return [("flow-node-outbound", graph.place(node))]


@mutation
def a_part_that_start_does_not_lead_to(made: Generator) -> Expected:
    graph = any_graph(made)
    first, second = add_node(made, graph), add_node(made, graph)
    last = made.random.choice([each for each in graph.nodes if each["type"] not in ("START", "COMMENT") and each not in (first, second)])
    add_edge(made, graph, first, second)
    add_edge(made, graph, second, last)
    return [("flow-node-inbound", graph.place(first)), ("flow-unreachable", graph.place(second))]


@mutation
def a_branch_whose_edge_is_gone(made: Generator) -> Expected | None:
    found = pick(made, *BRANCHING)
    if not found:
        return None
    graph, node = found
    handle = made.random.choice(branches(node))["sourceHandle"]
    for edge in graph.edges:
        if edge["sourceHandle"] == handle:
            edge["sourceHandle"] = "another"
    return [("flow-branch-edge", graph.place(node))]


@mutation
def a_branch_that_was_added(made: Generator) -> Expected | None:
    found = pick(made, *BRANCHING)
    if not found:
        return None
    branches(found[1]).insert(0, {"type": "IF", "value": "new", "sourceHandle": made.fresh("added")})
    return [("flow-branch-edge", found[0].place(found[1]))]


# What belongs into a loop


@mutation
def a_loop_only_node_outside(made: Generator) -> Expected:
    graph = made.graphs[0]
    edge = made.random.choice(graph.edges)
    node = made.node(made.random.choice(["BREAK", "CONTINUE", "NEXT_LOOP"]))
    return [("flow-loop-only", spliced(made, graph, edge, node))]


@mutation
def a_variable_set_outside_of_a_loop(made: Generator) -> Expected | None:
    graph = some(made.random, [each for each in made.graphs if "LOOP" not in each.around])
    node = made.node("SET_INTERMEDIATE_VARIABLE") | {"setIntermediateVariableParam": {}}
    return [("flow-loop-only", spliced(made, graph, made.random.choice(graph.edges), node))]


def spliced(made: Generator, graph: Made, edge: Edge, node: Node) -> Place:
    """Puts a node into the middle of an edge."""
    by_id = {each["id"]: each for each in graph.nodes}
    graph.nodes.append(node)
    target = by_id[edge["targetNodeID"]]
    edge["targetNodeID"] = node["id"]
    add_edge(made, graph, node, target)
    return graph.place(node)
