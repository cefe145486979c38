"""Every graph begins at exactly one START node: without one it cannot run, with two nobody knows where it begins.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "end", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.lint.graph import graphs
from deployer.lint.rule import Document, Problem, Rule
from deployer.source.words import at


def check(document: Document) -> Iterator[Problem]:
    for graph in graphs(document):
        if not isinstance(graph.data, dict) or not isinstance(graph.data.get("workflowNodes"), list):
            continue
        starts = graph.of_type("START")
        if not starts:
            yield Problem((*graph.path, "workflowNodes"), f"{at(graph.path)} has no START node.", "Add one, and an edge from it.")
        for path, _ in starts[1:]:
            yield Problem((*path, "type"), f"{at(graph.path)} has a START node already.", "Keep one, and draw its edges from there.")


RULE = Rule("flow-start-count", "error", "GPTBots refuses a graph that does not begin at exactly one node.", check, refused_by_platform=True)
