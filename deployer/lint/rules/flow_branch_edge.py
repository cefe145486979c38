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

from deployer.lint.graph import Graph, Node, graphs
from deployer.lint.node_types import NODE_TYPES, given
from deployer.lint.rule import Document, Problem, Rule
from deployer.source.positions import Path
from deployer.source.words import shown

_Lacking = tuple[Node, Path, str]


def check(document: Document) -> Iterator[Problem]:
    for graph in graphs(document):
        lacking = [each for kind in ("INTENT", "CONDITION") for node in graph.of.get(kind, ()) for each in _lacking(graph, node)]
        if graph.complete and len(lacking) > graph.edges.without_handle:
            for node, path, handle in lacking:
                message = f"No edge leaves {_what(node)} {shown(handle)} of {str(node)[0].lower()}{str(node)[1:]}."
                cure = (
                    "Draw one from it, or remove it."
                    if not _stray(graph, node)
                    else "Draw one from it: compare the `sourceHandle` of the node's edges."
                )
                yield Problem(path, message, cure, related=_stray(graph, node))


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


def _what(node: Node) -> str:
    return "the intent" if node.kind == "INTENT" else "the branch"


def _stray(graph: Graph, node: Node) -> tuple[Path, str] | None:
    """An edge of that node which leaves from no branch."""
    known = {handle for _, handle in _branches(graph, node)}
    for index, edge in graph.edges.rows:
        if edge.get("sourceNodeID") == node.id and edge.get("sourceHandle") not in known:
            return graph.edge_path(index, "sourceHandle"), "this edge leaves from no branch"
    return None


RULE = Rule("flow-branch-edge", "error", "GPTBots refuses a branch that leads nowhere.", check, refused_by_platform=True)
