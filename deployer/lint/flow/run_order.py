"""Which nodes of a graph have run when a node runs (docs/contracts/flow-format.md, "Variables").

A node runs when an edge to it is taken. A node that ran takes all its edges; INTENT and CONDITION take those of one handle. So a node may be
upstream of another without having run: it is on one branch only.

Nodes are sets of bits, a few thousand nodes at a time: that bounds the memory for graphs of a hundred thousand nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import and_, or_

from deployer.lint.flow.node_types import BRANCHING_TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.flow.graph import Graph

Pair = tuple[str, str]
"""The ids of a node that reads, and of the node that it reads from."""
_Masks = dict[str, int]
"""For each node id, the bits of other nodes."""
_Branches = dict[str, dict[str, list[str]]]
"""The ids of the nodes that each branch leads to, by the id of the branching node and the handle."""
_CHUNK = 2048  # nodes at a time: 256 bytes for each node of the graph


class Certain:
    """Which nodes have run in any case when another node of the graph runs. Nothing is known of a graph that is large, or too broken to decide.

    `bits`: a bit for each node. `sure`: for each node, bits of nodes that have run before it; of a graph with branches not all, since the rest
    takes longer, and few readers need it.
    """

    __slots__ = ("_all", "_graph", "bits", "sure")

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._all: _Masks | None = None
        self.bits: _Masks = {}
        self.sure: _Masks = {}
        if len(graph.ids) > _CHUNK or not _is_decidable(graph):
            return
        bits, sure, ins, bit = self.bits, self.sure, graph.edges.ins, 1
        with_own: _Masks = {}
        is_branching = not graph.by_type.keys().isdisjoint(BRANCHING_TYPES)
        for name in graph.order:
            sources = ins.get(name)
            if not sources:
                mask = 0
            elif len(sources) == 1:
                mask = with_own[sources[0]]
            else:
                mask = reduce(and_ if is_branching else or_, [with_own[source] for source in sources])
            bits[name], sure[name], with_own[name] = bit, mask, mask | bit
            bit <<= 1
        if not is_branching:
            self._all = self.sure

    def has_run(self, origin: str, reader: str) -> bool:
        bit = self.bits.get(origin, 0)
        if not bit or self.sure.get(reader, 0) & bit:
            return bit != 0
        if self._all is None:
            certain = _certain_masks(self._graph, _read_branches(self._graph), self.bits)
            self._all = {name: mask & certain[name] for name, mask in _upstream_masks(self._graph, self.bits).items()}
        return self._all.get(reader, 0) & bit != 0


def pairs_not_upstream(graph: Graph, pairs: set[Pair]) -> set[Pair]:
    """The pairs whose origin is not upstream of the reader. None when the graph is too broken to decide."""
    if not pairs or not _is_decidable(graph):
        return set()
    cut_off = graph.ids.keys() - graph.reachable_ids() if graph.without_inbound else ()
    return {pair for pair in _pairs_without_bit(pairs, lambda bits: _upstream_masks(graph, bits)) if pair[0] not in cut_off}


def pairs_on_one_branch(graph: Graph, pairs: set[Pair]) -> set[Pair]:
    """The pairs whose reader can run when the origin has not. None when the graph is too broken to decide."""
    branches = _read_branches(graph) if pairs and _is_decidable(graph) else {}
    return set(_pairs_without_bit(pairs, lambda bits: _certain_masks(graph, branches, bits))) if branches else set()


def _is_decidable(graph: Graph) -> bool:
    return graph.is_sound and len(graph.order) == len(graph.ids)


def _read_branches(graph: Graph) -> _Branches:
    """The targets of each branching node by handle. Only of a decidable graph: there `outs` and `handles` have the same edges in the same order."""
    branches: _Branches = {node.id: {} for kind in BRANCHING_TYPES for node in graph.by_type.get(kind, ())}
    for name, by_handle in branches.items():
        for target, handle in zip(graph.edges.outs.get(name, ()), graph.edges.handles.get(name, ()), strict=True):
            by_handle.setdefault(handle, []).append(target)
    return branches


def _pairs_without_bit(pairs: set[Pair], masks_of: Callable[[_Masks], _Masks]) -> Iterator[Pair]:
    """The pairs whose reader lacks the bit of its origin in the masks. A reader without a mask counts as having every bit."""
    origins = list({origin: None for _, origin in pairs})
    for start in range(0, len(origins), _CHUNK):
        bits = {origin: 1 << place for place, origin in enumerate(origins[start : start + _CHUNK])}
        masks = masks_of(bits)
        yield from (pair for pair in pairs if pair[1] in bits and not masks.get(pair[0], -1) & bits[pair[1]])


def _upstream_masks(graph: Graph, bits: _Masks) -> _Masks:
    """For each node, the nodes that a path leads from to it."""
    masks: _Masks = {}
    for name in graph.order:
        mask = 0
        for source in graph.edges.ins.get(name, ()):
            mask |= masks[source] | bits.get(source, 0)
        masks[name] = mask
    return masks


def _certain_masks(graph: Graph, branches: _Branches, bits: _Masks) -> _Masks:
    """For each node, the nodes that run whenever it runs: what all edges to it have in common, and what it leads to in any case."""
    ahead, ahead_of_branch = _ahead_masks(graph, branches, bits)
    masks: _Masks = {}
    common = {graph.by_type["START"][0].id: 0}  # of the edges so far; a node without any never runs, and counts as having every bit
    for name in graph.order:
        mask = masks[name] = common.pop(name, -1) | ahead[name]
        if name in branches:
            for handle, targets in branches[name].items():
                for target in targets:
                    common[target] = common.get(target, -1) & (mask | ahead_of_branch[name, handle])
        else:
            for target in graph.edges.outs.get(name, ()):
                common[target] = common.get(target, -1) & mask
    return masks


def _ahead_masks(graph: Graph, branches: _Branches, bits: _Masks) -> tuple[_Masks, dict[tuple[str, str], int]]:
    """For each node, itself and the nodes that run in any case once it runs; and the same for each branch, by node and handle."""
    ahead: _Masks = {}
    ahead_of_branch: dict[tuple[str, str], int] = {}
    for name in reversed(graph.order):
        if name in branches:
            of_each = {handle: _any_of(ahead, targets) for handle, targets in branches[name].items()}
            ahead_of_branch |= {(name, handle): mask for handle, mask in of_each.items()}
            mask = reduce(and_, of_each.values()) if of_each else 0
        else:
            mask = _any_of(ahead, graph.edges.outs.get(name, ()))
        ahead[name] = mask | bits.get(name, 0)
    return ahead, ahead_of_branch


def _any_of(masks: _Masks, names: Sequence[str]) -> int:
    return reduce(or_, (masks[name] for name in names), 0)
