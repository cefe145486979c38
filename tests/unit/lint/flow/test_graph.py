"""A graph as rules see it: lost nodes and edges are counted, so that one mistake gives one finding."""

from typing import Any

import pytest
from flow_documents import chain, edge, flow, llm, loop, node

from deployer.lint.flow.graph import Graph, Node, nodes_of_type, read_graphs
from deployer.lint.rule import Document
from deployer.model.workflow import Source


def graph(data: Any) -> Graph:
    return Graph(("workflow",), data)


def test_sound_graph_is_in_order() -> None:
    sound = graph(chain(node("a", "CODE"), node("b", "CODE")))
    assert sound.is_sound
    assert sound.order == ["start", "a", "b", "end"]
    assert (sound.without_inbound, sound.without_outbound) == ([], [])


@pytest.mark.parametrize("broken", ["target", "source", "id", "end"])
def test_graph_that_lost_an_edge_or_node_is_not_sound(broken: str) -> None:
    data = chain(node("a", "CODE"))
    if broken in ("target", "source"):
        data["workflowEdges"][0][f"{broken}NodeID"] = "elsewhere"
    elif broken == "id":
        data["workflowNodes"][1]["id"] = " "
    else:
        del data["workflowNodes"][2]
    assert not graph(data).is_sound


def test_edge_that_lost_its_target_may_be_the_missing_one() -> None:
    data = chain(node("a", "CODE"))
    data["workflowEdges"][0]["targetNodeID"] = "elsewhere"
    assert graph(data).without_inbound == []
    data["workflowNodes"].append(node("b", "CODE"))
    assert [row.id for row in graph(data).without_inbound] == ["a", "b"]


def test_edge_that_lost_its_source_may_be_the_missing_one() -> None:
    data = chain(node("a", "CODE"))
    data["workflowEdges"][1]["sourceNodeID"] = "elsewhere"
    assert graph(data).without_outbound == []
    data["workflowNodes"].append(node("b", "CODE"))
    assert [row.id for row in graph(data).without_outbound] == ["a", "b"]


def test_nodes_behind_a_cycle_have_no_order() -> None:
    data = chain(node("a", "CODE"), node("b", "CODE"))
    data["workflowEdges"].append(edge("b", "a", "again"))
    assert graph(data).order == ["start"]
    assert graph(data).reachable_ids() == {"start", "a", "b", "end"}


def test_edge_into_start_or_out_of_end_is_misplaced_and_leads_nowhere() -> None:
    data = chain(node("a", "CODE"))
    data["workflowEdges"] += [edge("a", "start"), edge("end", "a")]
    edges = graph(data).edges
    assert [(source, target) for _, source, target in edges.misplaced] == [("a", "start"), ("end", "a")]
    assert "start" not in edges.ins
    assert "end" not in edges.outs


def test_edge_to_itself_is_circular_and_counts_as_lost() -> None:
    data = chain(node("a", "CODE"))
    data["workflowEdges"].append(edge("a", "a"))
    edges = graph(data).edges
    assert [name for _, name in edges.circular] == ["a"]
    assert (edges.without_source, edges.without_target) == (1, 1)


def test_inner_graphs_come_after_the_outer_one_with_the_types_around_them() -> None:
    definition = flow(chain(loop(chain(loop(chain(llm()), limitedLoopCount=2)))))
    found = read_graphs(Document(Source("a.flow", "gptbots", "workflow", b"", definition)))
    assert [row.loop_types for row in found] == [(), ("LOOP",), ("LOOP", "LOOP")]
    assert [row.is_inner for row in found] == [False, True, True]


def test_nodes_of_a_type_are_found_in_every_graph() -> None:
    document = Document(Source("a.flow", "gptbots", "workflow", b"", flow(chain(llm(), loop(chain(llm()))))))
    assert [(own.is_inner, row.id) for own, row in nodes_of_type(document, "LLM")] == [(False, "llm"), (True, "llm")]


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ({"id": "a", "type": "LLM"}, "the LLM node `a`"),
        ({"id": "a", "type": "ELSE"}, "the node `a`"),
        ({"name": "A", "type": "LLM"}, "the LLM node `A`"),
        ({"id": 7, "type": "LLM"}, "the LLM node `7`"),
        ({"id": True, "type": "LLM"}, "this LLM node"),
        ({}, "this node"),
    ],
)
def test_title_of_a_node(data: dict[str, Any], title: str) -> None:
    assert Node(0, data).title == title
    assert str(Node(0, data)) == title[0].upper() + title[1:]
