"""References between nodes: each broken one is of one kind, and is decided in the graph that can."""

from typing import Any

from flow_documents import Graph, chain, edge, flow, loop, node

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
    assert resolved(graph) == ([], [], [], [])


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
