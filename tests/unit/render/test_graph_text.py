"""Graphs as plain text for a terminal."""

import pytest
from graph_samples import chain, samples, triage

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import one_line
from deployer.render.graph_text import MAX_COLUMNS, MAX_LINES, lines
from deployer.render.graph_tree import GraphTree

TRIAGE = """\
  Start
~ Which language? (intent)
    ?German -> Answer in German (llm)
        -> End
+   ?French -> Answer in French (llm)
+       -> End
    ?other -> Each attachment (loop)
    | Read the file (file parse)
~   | Shorten (llm)
+   | Store the summary (database)
-       -> Open a ticket (http)
-           -> End
+       -> End
  End"""


def graph_of(*edges: str) -> DrawnGraph:
    """`a>b` is an edge."""
    pairs = [edge.split(">") for edge in edges]
    nodes = tuple(DrawnNode(key, key, "") for key in dict.fromkeys(key for pair in pairs for key in pair))
    return DrawnGraph(nodes, tuple(DrawnEdge(source, target) for source, target in pairs))


def test_change_with_branches_a_loop_and_a_join() -> None:
    assert "\n".join(lines(triage())) == TRIAGE


def test_branches_meet_below_the_node_that_all_of_them_pass() -> None:
    assert lines(graph_of("a>b", "a>c", "b>d", "c>d", "d>e")) == ("  a", "    -> b", "        -> d", "    -> c", "        -> d", "  d", "  e")


def test_circle_names_the_node_it_leads_back_to() -> None:
    assert lines(graph_of("a>b", "b>a")) == ("  a", "  b", "    -> a")
    assert lines(graph_of("a>a")) == ("  a", "    -> a")


def test_nodes_of_one_name_are_numbered() -> None:
    nodes = (DrawnNode("1", "Ask", "LLM"), DrawnNode("2", "Ask", "LLM"), DrawnNode("3", "Tell", "LLM"))
    assert lines(DrawnGraph(nodes)) == ("  Ask (llm) #1", "  Ask (llm) #2", "  Tell (llm)")


def test_edge_that_is_new_between_old_nodes_has_its_sign() -> None:
    graph = graph_of("a>b")
    assert lines(graph._replace(edges=(DrawnEdge("a", "b", "", "added"),))) == ("  a", "+   -> b")


@pytest.mark.parametrize(("name", "graph"), list(samples(60)), ids=lambda each: each if isinstance(each, str) else "")
def test_every_node_stands_once_on_a_line_that_fits(name: str, graph: DrawnGraph) -> None:
    shown = lines(graph)
    assert all(len(line) <= MAX_COLUMNS and one_line(line) == line and line[0] in "+-~ " for line in shown), name
    nodes = [line for line in lines(DrawnGraph(graph.nodes)) if line]
    assert len(nodes) == len(GraphTree(graph).nodes) <= len(shown)


def test_wide_letters_count_twice() -> None:
    (line,) = lines(DrawnGraph((DrawnNode("a", "日" * 48, ""),)))
    assert len(line) == 41
    assert line.endswith("…")


def test_very_large_graph_is_cut_and_counted() -> None:
    shown = lines(chain(MAX_LINES + 700))
    assert len(shown) == MAX_LINES + 1
    assert shown[-1] == "  … and 700 more lines"
