"""The outer graph ends at exactly one END node. The graph inside a LOOP or BATCH may have none.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}], "workflowEdges": []}}
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
        if graph.inner or not isinstance(graph.data, dict) or not isinstance(graph.data.get("workflowNodes"), list):
            continue
        ends = graph.of_type("END")
        if not ends:
            yield Problem((*graph.path, "workflowNodes"), f"{at(graph.path)} has no END node.", "Add one, and an edge to it.")
        for path, _ in ends[1:]:
            yield Problem((*path, "type"), f"{at(graph.path)} has an END node already.", "Keep one, and lead every branch to it.")


RULE = Rule("flow-end-count", "error", "GPTBots refuses a graph that does not end at exactly one node.", check, refused_by_platform=True)
