"""Graphs as SVG: boxes that do not overlap, edges that meet them, texts that are texts. (A real browser measures them in `tests/e2e`.)"""

from itertools import combinations
from xml.etree.ElementTree import fromstring, tostring

import pytest
from graph_samples import HOSTILE, chain, nested, samples, triage

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.render.graph_layers import LayerEdge, Size, place
from deployer.render.graph_svg import MAX_DEPTH, MAX_NODES, can_draw, draw
from deployer.render.graph_tree import GraphTree

DRAWN = {"svg", "g", "title", "desc", "rect", "polygon", "path", "text"}
SQUARE = Size(80, 40)


@pytest.mark.parametrize(("name", "graph"), list(samples(60)), ids=lambda each: each if isinstance(each, str) else "")
def test_every_node_and_edge_is_drawn_with_elements_of_ours_alone(name: str, graph: DrawnGraph) -> None:
    svg = fromstring(tostring(draw(graph, name)))
    tree, groups = GraphTree(graph), [group.get("class", "").split() for group in svg.iter("g")]
    assert {element.tag for element in svg.iter()} <= DRAWN
    assert sum(kind in ("node", "box") for kind, _ in groups) == len(tree.nodes)
    assert sum(kind == "edge" for kind, _ in groups) == len(tree.drawn_edges())
    assert all("style" not in element.attrib and "href" not in element.attrib for element in svg.iter())


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=list(HOSTILE))
def test_label_of_any_text_is_text(attack: str) -> None:
    svg = draw(DrawnGraph((DrawnNode(attack, attack, attack), DrawnNode("b", "", "")), (DrawnEdge(attack, "b", attack),)), attack)
    assert "<script" not in (text := tostring(svg, encoding="unicode", method="html"))
    assert "<img" not in text
    assert {element.tag for element in fromstring(tostring(svg)).iter()} <= DRAWN


def test_what_changed_has_a_class_and_a_sign() -> None:
    svg = draw(triage(), "triage")
    changes = {group.get("class"): "".join(text.text or "" for text in group.iter("text")) for group in svg.iter("g")}
    assert changes["node added"].startswith("+ ")
    assert changes["node removed"].startswith("- ")
    assert changes["node changed"].startswith("~ ")
    assert {"edge added", "edge removed", "edge same"} <= set(changes)


@pytest.mark.parametrize("graph", [chain(30), triage(), nested(3)], ids=["chain", "triage", "nested"])
def test_siblings_do_not_overlap(graph: DrawnGraph) -> None:
    for parent in (svg := draw(graph, "")), *svg.iter("g"):
        shapes = [shape for group in parent.findall("g") for shape in group.findall("rect") if group.get("class", "").startswith(("node", "box"))]
        boxes = [tuple(float(shape.get(name, "")) for name in ("x", "y", "width", "height")) for shape in shapes]
        for (x, y, width, height), (other_x, other_y, other_width, other_height) in combinations(boxes, 2):
            assert x + width <= other_x or other_x + other_width <= x or y + height <= other_y or other_y + other_height <= y


def test_too_large_or_too_deep_a_graph_is_not_drawn() -> None:
    assert can_draw(chain(MAX_NODES))
    assert not can_draw(chain(MAX_NODES + 1))
    assert not can_draw(nested(MAX_DEPTH + 1))


def test_each_node_stands_below_those_that_lead_to_it() -> None:
    layers = place([SQUARE] * 4, [LayerEdge(0, 1), LayerEdge(0, 2), LayerEdge(1, 3), LayerEdge(2, 3), LayerEdge(0, 3)])
    top, left, right, bottom = layers.centres
    assert top.y < left.y == right.y < bottom.y
    assert abs(left.x - right.x) >= SQUARE.width
    assert len(layers.routes[4]) == 2  # past the layer between
    assert layers.upward == [False] * 5


def test_edge_back_is_drawn_upwards_and_its_label_has_a_place() -> None:
    layers = place([SQUARE] * 2, [LayerEdge(0, 1), LayerEdge(1, 0, Size(30, 15))])
    assert layers.upward == [False, True]
    label = layers.labels[1]
    assert label is not None
    assert layers.centres[0].y < label.y < layers.centres[1].y


def test_edges_of_neighbours_do_not_cross() -> None:
    layers = place([SQUARE] * 6, [LayerEdge(0, 1), LayerEdge(0, 2), LayerEdge(1, 5), LayerEdge(2, 4)])
    assert (layers.centres[1].x < layers.centres[2].x) == (layers.centres[5].x < layers.centres[4].x)


def test_nothing_has_no_size() -> None:
    assert place([], []).size == Size(0, 0)
