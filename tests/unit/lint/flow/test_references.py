"""References between nodes: each broken one is of one kind, and is decided in the graph that can."""

from random import Random
from typing import Any

import pytest
from flow_documents import Graph, chain, edge, flow, loop, node
from flow_references import PLACES

from deployer.lint.flow.references import NodeReferences, resolve_references
from deployer.lint.rule import Document
from deployer.model.workflow import Source

TEXT = [{"id": "text", "name": "text"}]


def reader(name: str, value: object) -> dict[str, Any]:
    return node(name, "CODE", inputs=[{"name": "x", "source": "NODE", "value": value}], outputs=TEXT)


def resolved(graph: Graph) -> NodeReferences:
    return resolve_references(Document(Source("a.flow", "gptbots", "workflow", b"", flow(graph))))


def test_valid_references_are_not_listed() -> None:
    graph = chain(node("a", "CODE", outputs=TEXT), node("b", "CODE"), reader("c", "a#A#text"))
    assert resolved(graph) == ([], [], [], [], [])


def test_each_broken_reference_is_of_one_kind() -> None:
    graph = chain(reader("a", "a.text"), reader("b", "no#No#text"), reader("c", "d#D#text"), reader("d", "a#A#other"))
    broken = resolved(graph)
    assert [row.node.id for row in broken.malformed] == ["a"]
    assert [row.node.id for row in broken.missing] == ["b"]
    assert [(row.node.id, path[-2]) for row, path in broken.not_upstream] == [("c", 4)]
    assert [(row.node.id, origin.id) for row, origin in broken.unlisted] == [("d", "a")]


def test_inner_node_reads_nodes_before_its_loop_but_none_after() -> None:
    graph = chain(node("a", "CODE", outputs=TEXT), loop(chain(reader("b", "a#A#text"), reader("c", "z#Z#text"))), node("z", "CODE", outputs=TEXT))
    broken = resolved(graph)
    assert [row.node.id for row, _ in broken.not_upstream] == ["c"]
    assert broken.missing == []


def test_outer_node_cannot_read_a_node_in_a_loop() -> None:
    assert [row.origin for row in resolved(chain(loop(chain(node("b", "CODE", outputs=TEXT))), reader("c", "b#B#text"))).missing] == ["b"]


def test_node_reads_itself_only_through_a_loop() -> None:
    assert [row.origin for row, _ in resolved(chain(reader("a", "a#A#text"))).not_upstream] == ["a"]
    assert resolved(chain({**loop(chain(reader("a", "loop#Loop#text"))), "outputs": TEXT})).not_upstream == []


def test_inner_node_may_read_a_loop_that_wrongly_reads_itself() -> None:
    holder = {**loop(chain(reader("a", "loop#Loop#text"))), "inputs": [{"source": "NODE", "value": "loop#Loop#text"}], "outputs": TEXT}
    assert [row.node.id for row, _ in resolved(chain(holder)).not_upstream] == ["loop"]


def test_order_is_not_judged_in_a_graph_with_a_lost_edge() -> None:
    graph = chain(reader("a", "b#B#text"), node("b", "CODE", outputs=TEXT))
    assert len(resolved(graph).not_upstream) == 1
    graph["workflowEdges"].append(edge("b", "elsewhere"))
    assert resolved(graph).not_upstream == []


PARAMETERS: dict[str, dict[str, Any]] = {
    "left_or_right_operand": {"type": "CONDITION", "conditionParam": {"conditionBranches": [{"type": "IF"}, {"type": "ELSE"}]}},
    "variable_of_an_aggregate": {"type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"groups": [{"variables": []}]}},
    "array_or_variable_of_a_loop": {"type": "LOOP", "loopParam": {"intermediateVariables": [{"name": "sum"}]}, "subWorkflow": chain()},
    "side_of_an_assignment": {"type": "SET_INTERMEDIATE_VARIABLE", "setIntermediateVariableParam": {}},
    "output_of_the_end": {"type": "END"},
    "part_of_a_request": {"type": "HTTP", "httpParam": {"request": {}}},
    "parameter_of_a_tool": {"type": "TOOL_API", "toolApiParam": {"toolId": "t"}},
    "deep_in_a_parameter": {"type": "LLM", "llmParam": {"userPrompt": "x"}},
}


@pytest.mark.parametrize("name", PLACES)
def test_reference_is_found_in_every_place(name: str) -> None:
    it = node("it", "CODE", inputs=[{"source": "DIRECT"}]) | PARAMETERS.get(name, {})
    assert PLACES[name](it, {"source": "NODE", "value": "nobody#Nobody#text"}, Random(name))
    (row,) = resolved(chain(it)).missing
    value: Any = flow(chain(it))
    for part in row.path:
        value = value[part]
    assert value == "nobody#Nobody#text"


@pytest.mark.parametrize("value", ["", " ", None, 7])
def test_empty_reference_in_a_parameter_reads_nothing_but_an_input_must_read(value: object) -> None:
    written = {"source": "NODE", "value": value}
    assert resolved(chain(node("a", "LLM", llmParam={"more": written}))).malformed == []
    assert len(resolved(chain(node("a", "LLM", inputs=[written]))).malformed) == 1


def test_text_of_another_form_in_a_parameter_is_malformed() -> None:
    assert len(resolved(chain(node("a", "LLM", llmParam={"more": {"source": "NODE", "value": "a.text"}}))).malformed) == 1


def test_outputs_of_a_loop_read_from_inside_it() -> None:
    def with_output(value: str) -> NodeReferences:
        inner = chain(node("inner", "CODE", outputs=TEXT))
        return resolved(chain({**loop(inner), "outputs": [{"id": "all", "source": "NODE", "value": value}]}))

    assert with_output("inner#Inner#text") == with_output("loop#Loop#total") == ([], [], [], [], [])
    assert [origin.id for _, origin in with_output("inner#Inner#other").unlisted] == ["inner"]
    assert len(with_output("nobody#Nobody#text").missing) == 1


def test_arrays_of_a_loop_do_not_read_from_inside_it() -> None:
    holder = loop(chain(node("inner", "CODE", outputs=TEXT)), inputArrays=[{"name": "a", "source": "NODE", "value": "inner#Inner#text"}])
    assert [row.origin for row in resolved(chain(holder)).missing] == ["inner"]


def forked(*nodes: dict[str, Any], edges: list[dict[str, Any]]) -> Graph:
    """START, a CONDITION with the handles `yes` and `no`, these nodes and edges, END."""
    all_nodes = [node("start", "START", outputs=TEXT), node("fork", "CONDITION"), *nodes, node("end", "END")]
    return {"workflowNodes": all_nodes, "workflowEdges": [edge("start", "fork"), *edges]}


def on_one_branch(graph: Graph) -> list[tuple[str, str]]:
    return [(row.node.id, row.origin) for row, _ in resolved(graph).on_one_branch]


def test_node_after_the_branches_cannot_rely_on_one_of_them() -> None:
    nodes = [node("a", "CODE", outputs=TEXT), node("b", "CODE", outputs=TEXT), reader("c", "a#A#text")]
    edges = [edge("fork", "a", "yes"), edge("fork", "b", "no"), edge("a", "c"), edge("b", "c"), edge("c", "end")]
    assert on_one_branch(forked(*nodes, edges=edges)) == [("c", "a")]
    assert resolved(forked(*nodes, edges=edges)).not_upstream == []


def test_node_on_a_branch_relies_on_that_branch() -> None:
    nodes = [node("a", "CODE", outputs=TEXT), node("b", "CODE"), reader("c", "a#A#text")]
    edges = [edge("fork", "a", "yes"), edge("a", "b"), edge("b", "c"), edge("c", "end"), edge("fork", "end", "no")]
    assert on_one_branch(forked(*nodes, edges=edges)) == []


def test_node_that_every_branch_leads_to_has_run() -> None:
    nodes = [node("a", "CODE"), node("b", "CODE"), node("c", "CODE", outputs=TEXT), node("d", "CODE"), node("e", "CODE"), reader("f", "c#C#text")]
    edges = [edge("fork", "a", "yes"), edge("fork", "b", "no"), edge("a", "c"), edge("b", "c")]
    again = [edge("c", "d"), edge("c", "e"), edge("d", "f"), edge("e", "f"), edge("f", "end")]
    assert on_one_branch(forked(*nodes, edges=edges + again)) == []


def test_aggregate_joins_branches() -> None:
    merge = reader("merge", "a#A#text") | {"type": "VARIABLE_AGGREGATE"}
    edges = [edge("fork", "a", "yes"), edge("fork", "b", "no"), edge("a", "merge"), edge("b", "merge"), edge("merge", "end")]
    assert on_one_branch(forked(node("a", "CODE", outputs=TEXT), node("b", "CODE"), merge, edges=edges)) == []


def test_parallel_nodes_have_all_run() -> None:
    nodes = [node("start", "START"), node("a", "CODE", outputs=TEXT), node("b", "CODE", outputs=TEXT), reader("c", "a#A#text"), node("end", "END")]
    edges = [edge("start", "a"), edge("start", "b"), edge("a", "c"), edge("b", "c"), edge("c", "end")]
    assert resolved({"workflowNodes": nodes, "workflowEdges": edges}) == ([], [], [], [], [])


def test_parallel_nodes_of_one_branch_have_all_run() -> None:
    nodes = [node("a", "CODE", outputs=TEXT), node("b", "CODE"), reader("c", "a#A#text")]
    edges = [edge("fork", "a", "yes"), edge("fork", "b", "yes"), edge("a", "c"), edge("b", "c"), edge("c", "end"), edge("fork", "end", "no")]
    assert on_one_branch(forked(*nodes, edges=edges)) == []


def test_node_in_a_loop_relies_on_what_ran_before_the_loop() -> None:
    holder = loop(chain(reader("inner", "a#A#text")))
    edges = [edge("fork", "a", "yes"), edge("fork", "loop", "no"), edge("a", "loop"), edge("loop", "end")]
    assert on_one_branch(forked(node("a", "CODE", outputs=TEXT), holder, edges=edges)) == [("inner", "a")]


def test_more_origins_than_fit_in_one_search() -> None:
    count = 2100
    nodes = [node(f"n{place}", "CODE", outputs=TEXT, inputs=[]) for place in range(count)]
    last = node("last", "CODE", inputs=[{"source": "NODE", "value": f"n{place}#N#text"} for place in range(count)])
    edges = [edge("fork", f"n{place}", "yes" if place % 2 else "no") for place in range(count)]
    joined = [edge(f"n{place}", "last") for place in range(count)]
    assert len(on_one_branch(forked(*nodes, last, edges=[*edges, *joined, edge("last", "end")]))) == count
