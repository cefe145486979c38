"""Graphs as Mermaid text: of a shape that no label can break. (The real Mermaid draws them in `tests/e2e/test_drawing.py`.)"""

import os
import re
from pathlib import Path

import pytest
from graph_samples import HOSTILE, chain, nested, samples, triage

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.render.mermaid import MAX_DRAWING_CHARS, MAX_NODES, draw, listing, render

DATA = Path(__file__).parents[2] / "data" / "mermaid"
LABEL = r'"(?:[^\W_]|[ ]|#\d+;|<br/>)*"'
LINES = [
    r"flowchart TD",
    rf" +n\d+(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\{{\{{{LABEL}\}}\}})",
    rf" +subgraph n\d+\[{LABEL}\]",
    r" +direction TB",
    r" +end",
    rf"  n\d+ (?:-->|==>|-\.->)(?:\|{LABEL}\|)? n\d+",
    r"  classDef (?:same|added|changed|removed)(?:Around)? [\w:#, -]+",
    r"  class n\d+(?:,n\d+)* (?:same|added|changed|removed)(?:Around)?",
    r"  linkStyle \d+(?:,\d+)* stroke:#\w+,stroke-width:\dpx",
]


@pytest.mark.parametrize("name", ["triage", "chain-7", "nested"])
def test_as_the_file_says(name: str) -> None:
    text = render(dict(samples(0))[name])
    path = DATA / f"{name}.mmd"
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "graph"), list(samples(60)), ids=lambda each: each if isinstance(each, str) else "")
def test_every_line_is_ours_whatever_the_labels(name: str, graph: DrawnGraph) -> None:
    language, text = draw(graph)
    assert language == "mermaid"
    assert [line for line in text.splitlines() if not any(re.fullmatch(known, line) for known in LINES)] == []
    assert text == draw(graph).text


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=list(HOSTILE))
def test_a_label_stays_in_its_place_and_short(attack: str) -> None:
    graph = DrawnGraph(
        (DrawnNode(attack, attack, attack, "changed"), DrawnNode("b", "b", "LOOP"), DrawnNode("c", attack, "", "same", "b")),
        (DrawnEdge(attack, "b", attack),),
    )
    text = render(graph)
    starts = [line.split('"')[0].strip().rstrip("([{") for line in text.splitlines()[1:7]]
    assert starts == ["n0", "subgraph n1", "direction TB", "n2", "end", starts[-1]]
    assert starts[-1].startswith("n0 -->")
    assert all(len(line) < 2000 for line in text.splitlines())


def test_a_label_too_long_is_cut_and_a_long_word_can_break() -> None:
    text = render(DrawnGraph((DrawnNode("a", "x" * 500, "LLM", "added"),)))
    assert text.splitlines()[1] == f'  n0["#43;#160;{"x" * 20}#8203;{"x" * 20}#8203;{"x" * 7}#8230;<br/>llm"]'


def test_a_type_that_says_no_more_than_the_name_is_left_out() -> None:
    assert '  n0(["Start"])' in render(DrawnGraph((DrawnNode("a", "Start", "START"),)))
    assert '  n0["set intermediate variab#8230;"]' in render(DrawnGraph((DrawnNode("a", "", "SET_INTERMEDIATE_VARIABLE"),)))
    assert '  n0["#160;"]' in render(DrawnGraph((DrawnNode("a", "", ""),)))


def test_what_changed_is_told_by_colour_by_line_and_by_sign() -> None:
    text = render(triage())
    styles = dict(re.findall(r"classDef (\w+) (.*)", text))
    assert len({re.sub(r"#\w+", "", style) for name, style in styles.items() if "Around" not in name}) == 4
    assert "#126;#160;Which language" in text
    assert "#43;#160;Answer in French" in text
    assert "#45;#160;Open a ticket" in text


def test_an_edge_ends_at_the_border_of_the_box_it_crosses() -> None:
    nodes = (DrawnNode("a", "a", ""), DrawnNode("box", "box", "LOOP"), DrawnNode("b", "b", "", "same", "box"), DrawnNode("c", "c", "", "same", "box"))
    edges = (
        DrawnEdge("a", "b"),
        DrawnEdge("a", "box"),
        DrawnEdge("b", "c"),
        DrawnEdge("c", "a"),
        DrawnEdge("box", "b"),
        DrawnEdge("box", "box"),
        DrawnEdge("b", "b"),
        DrawnEdge("a", "gone"),
    )
    drawn = [line.strip() for line in render(DrawnGraph(nodes, edges)).splitlines() if "-->" in line]
    assert drawn == ["n0 --> n1", "n2 --> n3", "n1 --> n0", "n2 --> n2"]


def test_nodes_that_are_inside_each_other_are_all_drawn() -> None:
    nodes = (
        DrawnNode("a", "a", "", "same", "b"),
        DrawnNode("b", "b", "", "same", "a"),
        DrawnNode("c", "c", "", "same", "c"),
        DrawnNode("d", "d", "", "same", "nobody"),
    )
    text = render(DrawnGraph(nodes))
    assert sorted(re.findall(r'n\d+\S*"(\w)"', text)) == ["a", "b", "c", "d"]


def test_a_picture_up_to_a_hundred_nodes_then_a_listing() -> None:
    assert draw(chain(MAX_NODES)).language == "mermaid"
    assert draw(chain(MAX_NODES + 1)).language == "text"
    assert draw(DrawnGraph(chain(40).nodes, tuple(DrawnEdge(str(n % 40), str(n % 39)) for n in range(500)))).language == "text"
    wordy = DrawnGraph(tuple(DrawnNode(str(place), "🚀" * 60, "🚀" * 60) for place in range(90)))
    assert len(render(wordy)) > MAX_DRAWING_CHARS
    assert draw(wordy).language == "text"


def test_a_listing_shows_what_differs_below_what_is_around_it() -> None:
    assert listing(triage()).splitlines() == [
        "~ Which language? (intent)",
        "+ Answer in French (llm)",
        "  Each attachment (loop)",
        "    ~ Shorten (llm)",
        "    + Store the summary (database)",
        "- Open a ticket (http)",
        "+ Which language? → Answer in French (French)",
        "+ Shorten → Store the summary",
        "+ Answer in French → End",
        "- Each attachment → Open a ticket",
        "- Open a ticket → End",
        "+ Each attachment → End",
        "… and 4 nodes as before",
    ]


def test_a_long_listing_is_cut_and_counted() -> None:
    lines = listing(DrawnGraph(tuple(DrawnNode(str(n), f"n{n}", "", "added") for n in range(1000)))).splitlines()
    assert (len(lines), lines[-1]) == (121, "… and 880 more lines")


def test_a_listing_is_one_line_a_node_whatever_the_label() -> None:
    graph = DrawnGraph(tuple(DrawnNode(str(place), attack, attack, "changed") for place, attack in enumerate(HOSTILE.values())))
    assert len(listing(graph).splitlines()) == len(HOSTILE)


def test_deep_nesting() -> None:
    assert render(nested(99)).count("subgraph") == 98
