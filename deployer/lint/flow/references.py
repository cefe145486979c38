"""The references between nodes of a `.flow`: `nodeId#name#variableId` in inputs whose source is NODE, resolved once for all rules."""

from typing import NamedTuple

from deployer.formats.positions import Path
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.rule import Document, once_per_document

_CHUNK = 4096  # nodes whose upstream is computed at a time: bounds memory in graphs of a hundred thousand nodes


class NodeReference(NamedTuple):
    """Input number `place` of `node` reads the variable `variable` of the node with the id `origin`."""

    graph: Graph
    node: Node
    place: int
    origin: str
    variable: str

    @property
    def path(self) -> Path:
        return self.graph.node_path(self.node, "inputs", self.place, "value")


class NodeReferences(NamedTuple):
    """The broken references. `malformed`: of another form. `missing`: to nodes that do not exist. `not_upstream`: to nodes that do not run
    before, with the path of that node. `unlisted`: to variables that the node, which runs before, does not list.
    """

    malformed: list[NodeReference]
    missing: list[NodeReference]
    not_upstream: list[tuple[NodeReference, Path]]
    unlisted: list[tuple[NodeReference, Node]]


class _Unresolved(NamedTuple):
    """A reference, read by the node `reader` of the graph at hand. `origin_path`: a node with the origin's id that is not upstream, () if none."""

    reference: NodeReference
    reader: str
    origin_path: Path = ()


@once_per_document
def resolve_references(document: Document) -> NodeReferences:
    """Inner graphs first: a node that is not in one may be in the graph around it."""
    broken = NodeReferences([], [], [], [])
    from_inner: dict[int, list[_Unresolved]] = {}
    for graph in reversed(read_graphs(document)):
        unresolved = from_inner.pop(id(graph), []) + _find_unresolved(graph, broken)
        remaining = _resolve(graph, unresolved, broken) if unresolved else []
        if graph.outer and graph.holder:
            if remaining:
                from_inner.setdefault(id(graph.outer), []).extend(row._replace(reader=graph.holder.id) for row in remaining)
            continue
        for reference, _, origin_path in remaining:
            if origin_path:
                broken.not_upstream.append((reference, origin_path))
            else:
                broken.missing.append(reference)
    return broken


def _find_unresolved(graph: Graph, broken: NodeReferences) -> list[_Unresolved]:
    """The references that need a search: to nodes that are neither direct predecessors of the reader nor START."""
    unresolved, ins, start = [], graph.edges.ins, graph.start_of_all
    for node in graph.nodes:
        for place, item in enumerate(node.get_list("inputs")):
            if type(item) is not dict or item.get("source") != "NODE":
                continue
            value = item.get("value")
            origin, first, rest = value.partition("#") if type(value) is str else ("", "", "")
            _, second, variable = rest.rpartition("#")
            if not (origin and first and second):
                broken.malformed.append(NodeReference(graph, node, place, origin, variable))
            elif node.id in ins and (origin in ins[node.id] or origin == start):
                if not _lists(graph.ids[origin], variable):
                    broken.unlisted.append((NodeReference(graph, node, place, origin, variable), graph.ids[origin]))
            else:
                unresolved.append(_Unresolved(NodeReference(graph, node, place, origin, variable), node.id))
    return unresolved


def _lists(node: Node, variable: str) -> bool:
    """Whether the node's outputs hold the variable."""
    for output in node.get_list("outputs"):  # noqa: SIM110 - a loop is twice as quick
        if type(output) is dict and (output.get("id") == variable or output.get("name") == variable):
            return True
    return False


def _resolve(graph: Graph, unresolved: list[_Unresolved], broken: NodeReferences) -> list[_Unresolved]:
    """Resolve what this graph can; returns the rest, for the graph around it. A node inside a loop may read the loop itself."""
    local = [row for row in unresolved if row.reference.origin in graph.ids]
    remaining = [row for row in unresolved if row.reference.origin not in graph.ids]
    pairs = {(reader, reference.origin) for reference, reader, _ in local if reader != reference.origin or reference.graph is graph}
    not_upstream = _not_upstream(graph, pairs) if pairs else set()
    for row in local:
        origin = graph.ids[row.reference.origin]
        is_inside_origin = row.reader == origin.id and row.reference.graph is not graph
        if (row.reader, origin.id) in not_upstream and not is_inside_origin:
            remaining.append(row._replace(origin_path=graph.node_path(origin, "id")))
        elif not _lists(origin, row.reference.variable):
            broken.unlisted.append((row.reference, origin))
    return remaining


def _not_upstream(graph: Graph, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of the pairs (reader, origin), those whose origin is not upstream of the reader. None when the graph is too broken to decide."""
    if not graph.is_sound or len(graph.order) < len(graph.ids):
        return set()
    cut_off = graph.ids.keys() - graph.reachable_ids() if graph.without_inbound else ()
    origins = list({origin: None for _, origin in pairs})
    matches = set()
    for start in range(0, len(origins), _CHUNK):
        bits = {origin: 1 << place for place, origin in enumerate(origins[start : start + _CHUNK])}
        masks = _upstream_masks(graph, bits)
        matches |= {pair for pair in pairs if pair[1] in bits and pair[0] not in cut_off and not masks.get(pair[0], -1) & bits[pair[1]]}
    return matches


def _upstream_masks(graph: Graph, bits: dict[str, int]) -> dict[str, int]:
    """For each node, the bits of the nodes upstream of it."""
    masks: dict[str, int] = {}
    for name in graph.order:
        mask = 0
        for source in graph.edges.ins.get(name, ()):
            mask |= masks[source] | bits.get(source, 0)
        masks[name] = mask
    return masks
