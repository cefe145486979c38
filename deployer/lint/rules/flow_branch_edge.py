"""From every intent of an INTENT, and every branch of a CONDITION, an edge leaves with the branch's own `sourceHandle`.

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

from __future__ import annotations

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.node_types import BRANCHING_TYPES, NODE_TYPES, is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import number_text
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path


class _Branch(NamedTuple):
    """A branch of a node that has a handle. `place`: its index in the list of branches."""

    node: Node
    place: int
    handle: str

    def path_in(self, graph: Graph) -> Path:
        """The path of the handle."""
        param, name = _branch_list(self.node)
        return graph.node_path(self.node, param, name, self.place, "sourceHandle")


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        lacking = [branch for kind in BRANCHING_TYPES for node in graph.by_type.get(kind, ()) for branch in _without_edge(graph, node)]
        if not graph.complete or len(lacking) <= graph.edges.without_handle:
            continue
        strays = _stray_edges(graph, [branch.node for branch in lacking])
        for branch in lacking:
            node, handle = branch.node, branch.handle
            what = "intent" if node.kind == "INTENT" else "branch"
            stray = strays.get(node.id)
            fix = "Draw one from it: compare the `sourceHandle` of the node's edges." if stray else "Draw one from it, or remove it."
            yield Diagnostic(branch.path_in(graph), f"No edge leaves the {what} {shown(handle)} of {node.title}.", fix, related=stray)


def _without_edge(graph: Graph, node: Node) -> Iterator[_Branch]:
    handles = {*graph.edges.handles.get(node.id, ()), *graph.edges.loose} if node.id else None
    return (branch for branch in _branches(node) if handles is not None and branch.handle not in handles)


def _branches(node: Node) -> Iterator[_Branch]:
    """The branches of a node that have a handle."""
    items = node.param.get(_branch_list(node)[1]) if node.param else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and is_filled(item.get("sourceHandle")):
            yield _Branch(node, index, str(item["sourceHandle"]))


def _branch_list(node: Node) -> tuple[str, str]:
    """The names of the node's parameter object, and of the branches in it."""
    node_type = NODE_TYPES[node.kind]
    return node_type.param, node_type.branches[0] if node_type.branches else ""


def _stray_edges(graph: Graph, nodes: list[Node]) -> dict[str, tuple[Path, str]]:
    """For each of these nodes, the first edge that leaves it from no branch, if there is one."""
    known = {node.id: [branch.handle for branch in _branches(node)] for node in nodes}
    strays: dict[str, tuple[Path, str]] = {}
    for index, edge in graph.edges.rows:
        source, handle = (number_text(value) or value for value in (edge.get("sourceNodeID"), edge.get("sourceHandle")))
        if isinstance(source, str) and source in known and source not in strays and handle not in known[source]:
            strays[source] = graph.edge_path(index, "sourceHandle"), "this edge leaves from no branch"
    return strays


RULE = Rule("flow-branch-edge", "error", "GPTBots refuses a branch that leads nowhere.", check, refused_by_platform=True)
