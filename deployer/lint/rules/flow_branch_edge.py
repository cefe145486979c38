"""Every intent of an INTENT, and every branch of a CONDITION, is left by an edge whose `sourceHandle` is its own.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "if", "type": "CONDITION", "conditionParam": {"conditionBranches": [
  {"type": "IF", "sourceHandle": "yes"}, {"type": "ELSE", "sourceHandle": "no"}]}}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "if", "sourceHandle": "yes", "targetNodeID": "end", "targetHandle": "in"}]}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "if", "type": "CONDITION", "conditionParam": {"conditionBranches": [
  {"type": "IF", "sourceHandle": "yes"}, {"type": "ELSE", "sourceHandle": "no"}]}}, {"id": "end", "type": "END"}],
  "workflowEdges": [{"id": "1", "sourceNodeID": "if", "sourceHandle": "yes", "targetNodeID": "end", "targetHandle": "in"},
    {"id": "2", "sourceNodeID": "if", "sourceHandle": "no", "targetNodeID": "end", "targetHandle": "in"}]}}
```
"""

from collections.abc import Iterator

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.flow.node_types import NODE_TYPES, given
from deployer.lint.rule import Diagnostic, Document, Rule

_Lacking = tuple[Node, Path, str]


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        lacking = [each for kind in ("INTENT", "CONDITION") for node in graph.of.get(kind, ()) for each in _lacking(graph, node)]
        if not graph.complete or len(lacking) <= graph.edges.without_handle:
            continue
        strays = _strays(graph, [node for node, _, _ in lacking])
        for node, path, handle in lacking:
            what = "intent" if node.kind == "INTENT" else "branch"
            message = f"No edge leaves the {what} {shown(handle)} of {str(node)[0].lower()}{str(node)[1:]}."
            stray = strays.get(node.id)
            fix = "Draw one from it: compare the `sourceHandle` of the node's edges." if stray else "Draw one from it, or remove it."
            yield Diagnostic(path, message, fix, related=stray)


def _lacking(graph: Graph, node: Node) -> Iterator[_Lacking]:
    handles = graph.edges.handles.get(node.id, set()) | graph.edges.loose if node.id else None
    for path, handle in _branches(graph, node):
        if handles is not None and handle not in handles:
            yield node, path, handle


def _branches(graph: Graph, node: Node) -> Iterator[tuple[Path, str]]:
    """Where each branch's handle stands, and what it is."""
    entry = NODE_TYPES[node.kind]
    name = entry.branches[0] if entry.branches else ""
    listed = node.param.get(name) if node.param else None
    for index, branch in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(branch, dict) and given(branch.get("sourceHandle")):
            yield graph.node_path(node, entry.param, name, index, "sourceHandle"), str(branch["sourceHandle"])


def _strays(graph: Graph, nodes: list[Node]) -> dict[str, tuple[Path, str]]:
    """For each of those nodes, an edge that leaves it from no branch, where there is one."""
    known = {node.id: {handle for _, handle in _branches(graph, node)} for node in nodes}
    found: dict[str, tuple[Path, str]] = {}
    for index, edge in graph.edges.rows:
        source = edge.get("sourceNodeID")
        if isinstance(source, str) and source in known and source not in found and edge.get("sourceHandle") not in list(known[source]):
            found[source] = graph.edge_path(index, "sourceHandle"), "this edge leaves from no branch"
    return found


RULE = Rule("flow-branch-edge", "error", "GPTBots refuses a branch that leads nowhere.", check, refused_by_platform=True)
