"""The outer graph ends at exactly one END node. The graph inside a LOOP or BATCH has one, or none.

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

from deployer.formats.quoting import at
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        ends = graph.of.get("END", [])
        # A node of an unknown type may be meant as the END.
        if not ends and not graph.inner and graph.has_nodes and "" not in graph.of:
            yield Diagnostic((*graph.path, "workflowNodes"), f"{at(graph.path)} has no END node.", "Add one, and an edge to it.")
        for node in ends[1:]:
            first = (graph.node_path(ends[0], "type"), "the first one is here")
            fix = "Keep one, and lead every branch to it."
            yield Diagnostic(graph.node_path(node, "type"), f"{at(graph.path)} has an END node already.", fix, related=first)


RULE = Rule("flow-end-count", "error", "GPTBots refuses a graph that does not end at exactly one node.", check, refused_by_platform=True)
