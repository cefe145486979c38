"""Mistakes in what a node reads, in any place of it. Importing this adds them to `flow_mutations.MUTATIONS`."""

from collections.abc import Callable

from flow_generator import Generator, Made, Node
from flow_mutations import MUTATIONS, Expected
from flow_references import PLACES, Put, put_anywhere

Breakage = Callable[[Generator, Made, Node], tuple[str, object] | None]
"""The rule that has to fire, and the value that the node reads; None when the document has nothing for it."""
BREAKAGES: dict[str, Breakage] = {}


def breakage(function: Breakage) -> Breakage:
    BREAKAGES[function.__name__] = function
    return function


@breakage
def no_node(made: Generator, _graph: Made, _node: Node) -> tuple[str, object]:
    return "flow-reference", made.random.choice(["nobody_at_all#a#b", "nobody#a # b#c"])


@breakage
def no_form(made: Generator, _graph: Made, _node: Node) -> tuple[str, object]:
    return "flow-reference", made.random.choice(["start", "start#text", "##", "#a#b"])


@breakage
def a_node_in_another_loop(made: Generator, graph: Made, node: Node) -> tuple[str, object] | None:
    others = [other for other in made.graphs if graph.path[: len(other.path)] != other.path]
    if not others or node["type"] in ("LOOP", "BATCH"):  # a loop's outputs may read what is in it
        return None
    return "flow-reference", f"{made.random.choice(made.random.choice(others).nodes)['id']}#a#b"


@breakage
def a_node_in_the_loop_itself(made: Generator, graph: Made, node: Node) -> tuple[str, object] | None:
    inner = next((other for other in made.graphs if other.path == (*graph.place(node), "subWorkflow")), None)
    return ("flow-reference", f"{made.random.choice(inner.nodes)['id']}#a#b") if inner else None


@breakage
def a_node_that_is_not_upstream(made: Generator, graph: Made, node: Node) -> tuple[str, object]:
    known = upstream_of(graph, node)
    other = made.random.choice([each for each in graph.nodes if not any(each is other for other in known)])  # itself too
    return "flow-reference-upstream", reference(other)


@breakage
def a_node_after_the_loop(made: Generator, graph: Made, _node: Node) -> tuple[str, object] | None:
    outer = next((each for each in made.graphs if each.path == graph.path[: len(each.path)] and len(each.path) == len(graph.path) - 3), None)
    return ("flow-reference-upstream", reference(outer.of("END", "NEXT_LOOP", "CONTINUE", "BREAK")[0])) if outer else None


@breakage
def a_node_on_another_branch(made: Generator, graph: Made, node: Node) -> tuple[str, object] | None:
    certain = graph.certain.get(node["id"], [])
    others = [each for each in graph.upstream[node["id"]] if not any(each is other for other in certain)] if certain else []
    if not others or node["type"] == "VARIABLE_AGGREGATE":
        return None
    return "flow-reference-branch", reference(made.random.choice(others))


@breakage
def a_variable_that_is_not_listed(made: Generator, graph: Made, node: Node) -> tuple[str, object] | None:
    before = [each for each in graph.certain.get(node["id"], []) if any(each is other for other in graph.nodes)]
    return ("flow-reference-variable", f"{made.random.choice(before)['id']}#a#unlisted") if before else None


def reference(origin: Node) -> str:
    return f"{origin['id']}#a#{origin['outputs'][0]['id']}"


def upstream_of(graph: Made, node: Node) -> list[Node]:
    """By the edges as they are."""
    waiting = [node["id"]]
    for name in waiting:
        for edge in graph.edges:
            if edge["targetNodeID"] == name and edge["sourceNodeID"] not in waiting:
                waiting.append(edge["sourceNodeID"])
    return [each for each in graph.nodes if each["id"] in waiting[1:]]


def mutate(made: Generator, breakages: list[Breakage], put: Callable[[Node, object], bool | str]) -> Expected | None:
    """One broken reference: the first node, in random order, that takes one of these."""
    pairs = [(graph, node) for graph in made.graphs for node in graph.nodes]
    for graph, node in made.random.sample(pairs, len(pairs)):
        place = graph.place(node)
        for broken in (function(made, graph, node) for function in made.random.sample(breakages, len(breakages))):
            if broken and put(node, broken[1]):
                return [(broken[0], place)]
    return None


def written(value: object) -> dict[str, object]:
    return {"source": "NODE", "type": "STRING", "value": value}


def add_breakage(name: str, function: Breakage) -> None:
    """The mistake, in any place."""

    def mutation(made: Generator) -> Expected | None:
        return mutate(made, [function], lambda node, value: put_anywhere(node, written(value), made.random))

    MUTATIONS[f"reads_{name}"] = mutation


def add_place(name: str, put: Put) -> None:
    """Any mistake, in that place."""

    def mutation(made: Generator) -> Expected | None:
        return mutate(made, list(BREAKAGES.values()), lambda node, value: put(node, written(value), made.random))

    MUTATIONS[f"broken_{name}"] = mutation


def without_value(made: Generator) -> Expected | None:
    """Other than a parameter, an input has to read something."""
    value = made.random.choice(["", " ", None, 7, ["a#b#c"]])
    return mutate(made, [lambda *_: ("flow-reference", value)], lambda node, value: PLACES["node_input"](node, written(value), made.random))


for each_name, each_breakage in BREAKAGES.items():
    add_breakage(each_name, each_breakage)
for each_name, each_put in PLACES.items():
    add_place(each_name, each_put)
MUTATIONS["an_input_that_reads_nothing"] = without_value
