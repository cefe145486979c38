"""Mistakes in edges, and nodes outside the loop that they belong into. Importing this adds them to `flow_mutations.MUTATIONS`."""

from flow_generator import BRANCHING, PLAIN, Edge, Generator, Made, Node, Place, branches
from flow_mutations import NO_WAY_OUT, Expected, add_edge, add_node, any_graph, mutation, pick, pick_edge, some

# Edges


@mutation
def an_edge_without_an_id(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    edge.pop("id")
    edge |= made.random.choice([{}, {"id": ""}, {"id": True}, {"id": None}])
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
    edge |= made.random.choice([{}, {field: ""}, {field: None}, {field: True}, {field: ["a"]}])
    return [("flow-edge-field", graph.place(edge))]


@mutation
def an_edge_with_numbers(made: Generator) -> Expected:
    graph, edge = pick_edge(made)
    edge[made.random.choice(["id", "targetHandle"])] = made.random.choice([7, 0, 1.5])
    return [("flow-number-as-text", graph.place(edge))]


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
    found = some(made.random, [pair for pair in ends if pair[0]["type"] != "START" and pair[1]["type"] not in NO_WAY_OUT])
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
    other = made.random.choice([each for each in graph.nodes if each["type"] not in (*NO_WAY_OUT, "START")] or graph.of("START"))
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
    source = made.random.choice([each for each in graph.nodes if each["type"] not in NO_WAY_OUT])
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
    node = made.node("SET_INTERMEDIATE_VARIABLE") | {"setIntermediateVariableParam": {"assignments": [{"leftValue": "total"}]}}
    return [("flow-loop-only", spliced(made, graph, made.random.choice(graph.edges), node))]


@mutation
def an_assignment_to_nothing(made: Generator) -> Expected | None:
    graph = some(made.random, [each for each in made.graphs if "LOOP" in each.around])
    if not graph:
        return None
    wrong = [{}, {"assignments": None}, {"assignments": []}, {"assignments": "x"}, {"assignments": [{}]}, {"assignments": [{"leftValue": None}]}]
    node = made.node("SET_INTERMEDIATE_VARIABLE") | {"setIntermediateVariableParam": made.random.choice(wrong)}
    return [("flow-assignments", spliced(made, graph, made.random.choice(graph.edges), node))]


def spliced(made: Generator, graph: Made, edge: Edge, node: Node) -> Place:
    """Puts a node into the middle of an edge."""
    by_id = {each["id"]: each for each in graph.nodes}
    graph.nodes.append(node)
    target = by_id[edge["targetNodeID"]]
    edge["targetNodeID"] = node["id"]
    add_edge(made, graph, node, target)
    return graph.place(node)
