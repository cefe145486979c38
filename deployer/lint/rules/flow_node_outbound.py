"""An edge leaves every node but END and comments. In a loop, NEXT_LOOP, CONTINUE and BREAK may end a branch too. END is left by none.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "start", "sourceHandle": "out", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        lacking = {id(node) for node in graph.lacking}
        for node in graph.dead_ends:
            # A node without any edge is flow-node-inbound's, one whose branches all lack an edge flow-branch-edge's.
            if id(node) not in lacking and not _has_branches(node):
                fix = f"Draw one from it to {'the next node, or to a NEXT_LOOP' if graph.inner else 'the next node, or to END'}."
                yield Diagnostic(graph.node_path(node, "id"), f"No edge leaves {str(node)[0].lower()}{str(node)[1:]}.", fix)
        if graph.edges.misplaced:
            yield from _from_end(graph)


def _has_branches(node: Node) -> bool:
    branches = NODE_TYPES[node.kind].branches
    return bool(branches and node.param and node.param.get(branches[0]))


def _from_end(graph: Graph) -> Iterator[Diagnostic]:
    for index, source, target in graph.edges.misplaced:
        end = graph.ids[source]
        if end.kind == "END" and graph.ids[target].kind != "COMMENT":
            related = (graph.node_path(end, "id"), "the END node is here")
            yield Diagnostic(
                graph.edge_path(index, "sourceNodeID"), f"This edge leaves END, {shown(source)}.", "Remove it: a graph ends at END.", related=related
            )


RULE = Rule("flow-node-outbound", "error", "GPTBots refuses a node that leads nowhere, and an END that leads on.", check, refused_by_platform=True)
