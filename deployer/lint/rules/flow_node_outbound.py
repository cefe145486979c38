"""An edge leaves every node but END and comments. In a loop, NEXT_LOOP, CONTINUE and BREAK may end a branch too. No edge leaves END.

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

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        isolated = set(graph.without_inbound)
        for node in graph.without_outbound:
            # flow-node-inbound reports a node without any edge; flow-branch-edge one whose branches all lack an edge.
            if node not in isolated and not _has_branches(node):
                fix = f"Draw one from it to the next node, or to {'a NEXT_LOOP' if graph.is_inner else 'END'}."
                yield Diagnostic(graph.node_path(node, "id"), f"No edge leaves {node.title}.", fix)
        yield from _edges_from_end(graph)


def _has_branches(node: Node) -> bool:
    branches = NODE_TYPES[node.kind].branches
    return bool(branches and node.param and node.param.get(branches[0]))


def _edges_from_end(graph: Graph) -> Diagnostics:
    for index, source, target in graph.edges.misplaced:
        end = graph.ids[source]
        if end.kind == "END" and graph.ids[target].kind != "COMMENT":
            related = (graph.node_path(end, "id"), "the END node is here")
            message = f"This edge leaves END, {shown(source)}."
            yield Diagnostic(graph.edge_path(index, "sourceNodeID"), message, "Remove it: a graph ends at END.", related=related)


RULE = Rule("flow-node-outbound", "error", "GPTBots refuses a node that leads nowhere, and an edge that leaves END.", check, refused_by_platform=True)
