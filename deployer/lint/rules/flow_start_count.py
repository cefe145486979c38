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

from deployer.formats.quoting import at
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        starts = graph.of.get("START", [])
        # A node of an unknown type may be meant as the START.
        if not starts and graph.has_nodes and "" not in graph.of:
            yield Diagnostic((*graph.path, "workflowNodes"), f"{at(graph.path)} has no START node.", "Add one, and an edge from it.")
        for node in starts[1:]:
            first = (graph.node_path(starts[0], "type"), "the first one is here")
            fix = "Keep one, and draw its edges from there."
            yield Diagnostic(graph.node_path(node, "type"), f"{at(graph.path)} has a START node already.", fix, related=first)


RULE = Rule("flow-start-count", "error", "GPTBots refuses a graph that does not begin at exactly one node.", check, refused_by_platform=True)
