"""The references between nodes of a `.flow`, resolved once for all rules (docs/contracts/flow-format.md, "Variables").

A reference is a mapping with the `source` NODE and the `value` `nodeId#name#variableId`, anywhere in a node.
"""

from __future__ import annotations

from collections.abc import Iterator

from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.node_types import LOOP_TYPES
from deployer.lint.flow.parameters import read_parameters
from deployer.lint.flow.run_order import Certain, pairs_not_upstream, pairs_on_one_branch
from deployer.lint.rule import Document, once_per_document
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

    _Rows = list[tuple[Node, list[dict[str, Any]]]]
    """Nodes of one graph, and the references in each as written."""

_JOINS_BRANCHES = ("VARIABLE_AGGREGATE", "")  # it reads whichever branch has run; so may a node of an unknown type


class NodeReference(NamedTuple):
    """The mapping `written` in `node` reads the variable `variable` of the node with the id `origin`."""

    graph: Graph
    node: Node
    written: dict[str, Any]
    origin: str
    variable: str

    @property
    def path(self) -> Path:
        return self.graph.node_path(self.node, *self.node.path_to(self.written), "value")


class NodeReferences(NamedTuple):
    """The broken references. `malformed`: of another form. `missing`: to nodes that do not exist. `not_upstream`: to nodes that do not run
    before, with the path of that node. `on_one_branch`: to nodes that run before on some paths only, with the same. `unlisted`: to variables
    that the node, which runs before, does not list.
    """

    malformed: list[NodeReference]
    missing: list[NodeReference]
    not_upstream: list[tuple[NodeReference, Path]]
    on_one_branch: list[tuple[NodeReference, Path]]
    unlisted: list[tuple[NodeReference, Node]]


class _Unresolved(NamedTuple):
    """A reference, read by the node `reader` of the graph at hand. `origin_path`: a node with the origin's id that is not upstream, () if none."""

    reference: NodeReference
    reader: str
    origin_path: Path = ()


@once_per_document
def resolve_references(document: Document) -> NodeReferences:
    """Inner graphs first: a node that is not in one may be in the graph around it."""
    broken = NodeReferences([], [], [], [], [])
    from_inner: dict[int, list[_Unresolved]] = {}
    inner_graphs: dict[int, Graph] = {}
    written = read_parameters(document).references
    for graph in reversed(read_graphs(document)):
        rows, of_inner = written[id(graph)], from_inner.pop(id(graph), [])
        certain = Certain(graph)
        unresolved = [*of_inner, *_find_unresolved(graph, certain, rows, inner_graphs, broken)]
        remaining = _resolve(graph, certain, unresolved, broken) if unresolved else []
        if graph.outer and graph.holder:
            inner_graphs[id(graph.holder)] = graph
            if remaining:
                from_inner.setdefault(id(graph.outer), []).extend(row._replace(reader=graph.holder.id) for row in remaining)
            continue
        for reference, _, origin_path in remaining:
            if origin_path:
                broken.not_upstream.append((reference, origin_path))
            else:
                broken.missing.append(reference)
    return broken


def _find_unresolved(graph: Graph, certain: Certain, rows: _Rows, inner_graphs: dict[int, Graph], broken: NodeReferences) -> Iterator[_Unresolved]:
    """The references that need a search: to nodes that do not run before the reader in any case. `inner_graphs`: by their holder."""
    ids, bits = graph.ids, certain.bits
    origin: Node | None
    for node, mappings in rows:
        sure, inner = certain.sure.get(node.id, 0), inner_graphs.get(id(node))
        may_read_inside = inner is not None or node.kind in LOOP_TYPES
        for written in mappings:
            value = written.get("value")
            parts = value.split("#") if type(value) is str else [""]
            name, variable = parts[0], parts[-1]
            if not name or len(parts) < 3:  # the node's name may hold a `#` too
                # A parameter may be empty, as the right side of a condition that needs none.
                if (type(value) is str and value.strip()) or any(item is written for item in node.get_list("inputs")):
                    broken.malformed.append(NodeReference(graph, node, written, name, variable))
                continue
            if (sure & bits.get(name, 0) or certain.has_run(name, node.id)) and not (inner and name in inner.ids):
                origin = ids[name]
            elif may_read_inside and _is_in_outputs(node, written):
                # Its rounds set its own variables. What is lost inside, another rule reports.
                if name == node.id or not inner or (inner.lost_nodes and name not in inner.ids):
                    continue
                origin = inner.ids.get(name)
            else:
                origin = None
            if not origin:
                yield _Unresolved(NodeReference(graph, node, written, name, variable), node.id)
            elif variable not in origin.output_names:
                broken.unlisted.append((NodeReference(graph, node, written, name, variable), origin))


def _is_in_outputs(node: Node, written: dict[str, Any]) -> bool:
    """Whether the reference stands below a key `outputs` of the node. Most are inputs: looking there is quicker than finding paths."""
    if any(item is written for item in node.get_list("inputs")):
        return False
    return any(item is written for item in node.get_list("outputs")) or "outputs" in node.path_to(written)


def _resolve(graph: Graph, certain: Certain, unresolved: list[_Unresolved], broken: NodeReferences) -> list[_Unresolved]:
    """Resolve what this graph can; returns the rest, for the graph around it. A node inside a loop may read the loop itself."""
    local = [row for row in unresolved if row.reference.origin in graph.ids]
    if not local:
        return unresolved
    remaining = [row for row in unresolved if row.reference.origin not in graph.ids]
    open_rows = [row for row in local if not certain.has_run(row.reference.origin, row.reader)]
    searched = [row for row in open_rows if row.reader != row.reference.origin or row.reference.graph is graph]
    not_upstream = pairs_not_upstream(graph, {(row.reader, row.reference.origin) for row in searched})
    judged = {(row.reader, row.reference.origin) for row in searched if row.reference.node.kind not in _JOINS_BRANCHES}
    on_one_branch = pairs_on_one_branch(graph, judged - not_upstream)
    for row in local:
        reference, pair = row.reference, (row.reader, row.reference.origin)
        origin = graph.ids[reference.origin]
        is_inside_origin = row.reader == origin.id and reference.graph is not graph
        if pair in not_upstream and not is_inside_origin:
            remaining.append(row._replace(origin_path=graph.node_path(origin, "id")))
            continue
        if pair in on_one_branch and reference.node.kind not in _JOINS_BRANCHES:
            broken.on_one_branch.append((reference, graph.node_path(origin, "id")))
        if reference.variable not in origin.output_names:
            broken.unlisted.append((reference, origin))
    return remaining
