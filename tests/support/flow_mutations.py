"""Mistakes to make in a random `.flow`. Each says by itself which rule must fire, and at which node or edge; nothing here is the linter's.

A mutation takes a generator with its document, changes it, and returns what must be found: rules with the path of a node, an edge, or ()
for the rest. It returns None when the document has nothing for it.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from flow_generator import Edge, Generator, Made, Node, Place, branches

Expected = list[tuple[str, Place]]
Mutation = Callable[[Generator], Expected | None]

MUTATIONS: dict[str, Mutation] = {}
NO_WAY_OUT = ("END", "NEXT_LOOP", "CONTINUE", "BREAK", "COMMENT")


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
    made.document["exportTime"] = made.random.choice(["2025-09-25T01:35:23Z", "", True, [], 1.5])
    return [("flow-export-time", ())]


@mutation
def a_file_without_a_name(made: Generator) -> Expected:
    made.document.pop("name")
    made.document |= made.random.choice([{}, {"name": ""}, {"name": "  "}, {"name": None}, {"name": True}, {"name": ["x"]}])
    return [("flow-name", ())]


@mutation
def a_share_at_the_top_out_of_range(made: Generator) -> Expected:
    field = made.random.choice(["creativityLevel", "docCorrelation", "embeddingRate"])
    made.document[field] = made.random.choice([2, -0.1, 1.01, "0.5", True, []])
    return [("flow-top-number", ())]


@mutation
def a_number_as_name(made: Generator) -> Expected:
    made.document["name"] = made.random.choice([7, 0, 1.5])
    return [("flow-number-as-text", ())]


@mutation
def no_format_version(made: Generator) -> Expected:
    made.document.pop("formatVersion")
    made.document |= made.random.choice([{}, {"formatVersion": " "}, {"formatVersion": None}, {"formatVersion": "2.0"}])
    return [("flow-format-version", ())]


@mutation
def credentials_at_the_top(made: Generator) -> Expected:
    field = made.random.choice(["authKey", "authSecret", "oAuthId", "oAuthBean", "authProvider", "headers", "queries", "apiSecrets"])
    made.document |= made.random.choice([{"apiSecrets": [{"name": "crm"}]}, {"plugins": [{"id": "p"}, {field: "k"}]}])
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
    graph = made.graphs[0]
    source = made.random.choice([each for each in graph.nodes if each["type"] not in NO_WAY_OUT])
    node = add_node(made, graph, "END")
    add_edge(made, graph, source, node)
    return [("flow-end-count", graph.place(node))]


@mutation
def no_end(made: Generator) -> Expected:
    graph = made.graphs[0]
    end = graph.of("END")[0]
    end |= {"type": "FILE_PARSE", "fileParseParam": {"parseMode": "DEFAULT"}}
    return [("flow-end-count", graph.path[:-1]), ("flow-node-outbound", graph.place(end))]
