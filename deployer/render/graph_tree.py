"""A workflow's graph as every drawing of it takes it: which nodes are inside which, the edges to draw, and each node's label."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import cut, one_line

MAX_LABEL_CHARS: Final = 48
MAX_TYPE_CHARS: Final = 24
MAX_TITLE_CHARS: Final = 28  # of a box around others: a second line would lie over what is inside
SIGNS: Final[Mapping[str, str]] = {"added": "+", "removed": "-", "changed": "~", "same": ""}


class GraphTree:
    """The graph with ids of ours, and which nodes are inside which. One with an unknown or circular `inside` is at the top."""

    def __init__(self, graph: DrawnGraph) -> None:
        by_key: dict[str, DrawnNode] = {}
        for node in graph.nodes:
            by_key.setdefault(node.key, node)
        self.nodes: Sequence[DrawnNode] = tuple(by_key.values())
        self.ids = {node.key: f"n{index}" for index, node in enumerate(self.nodes)}
        self.by_key = by_key
        self.parents = {node.key: node.inside if node.inside and node.inside in by_key else None for node in self.nodes}
        for key in self.parents:
            self._cut_circle(key)
        self.inside: dict[str | None, list[DrawnNode]] = {}
        for node in self.nodes:
            self.inside.setdefault(self.parents[node.key], []).append(node)
        self.edges = tuple(edge for edge in graph.edges if edge.source in by_key and edge.target in by_key)

    def _cut_circle(self, key: str) -> None:
        visited = {key}
        while (parent := self.parents[key]) is not None:
            if parent in visited:
                self.parents[key] = None
                return
            visited.add(parent)
            key = parent

    def path(self, key: str) -> Iterator[str]:
        """The keys of the nodes around this one, innermost first."""
        while (parent := self.parents[key]) is not None:
            yield parent
            key = parent

    def drawn_edges(self) -> tuple[DrawnEdge, ...]:
        """The edges to draw, each once: between neighbours in the same box. One that crosses the border of a box ends at the border (Mermaid's
        layout fails on many that do not), and one between a box and its own inside is not drawn.
        """
        drawn = (self._between_neighbours(edge) for edge in self.edges)
        return tuple(dict.fromkeys(edge for edge in drawn if edge.source != edge.target or edge.source not in self.inside))

    def levels(self) -> Iterator[tuple[str | None, Sequence[DrawnNode], Sequence[DrawnEdge]]]:
        """For each node with others inside, and for None, the top: its key, what is directly inside, and the edges to draw there."""
        edges: dict[str | None, list[DrawnEdge]] = {}
        for edge in self.drawn_edges():
            edges.setdefault(self.parents[edge.source], []).append(edge)
        yield from ((inside, nodes, edges.get(inside, ())) for inside, nodes in self.inside.items())

    def _between_neighbours(self, edge: DrawnEdge) -> DrawnEdge:
        one, other = ([*reversed([*self.path(key)]), key] for key in (edge.source, edge.target))
        depth = next((index for index, (left, right) in enumerate(zip(one, other)) if left != right), min(len(one), len(other)) - 1)
        return edge._replace(source=one[depth], target=other[depth])


def back_edges(keys: Iterable[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> frozenset[int]:
    """The indexes of edges, given as source and target, that lead back to a node on the way to their source, from the first nodes down: without them
    there are no circles but those of a node with itself."""
    following: dict[Hashable, list[int]] = {}
    for index, (source, target) in enumerate(edges):
        if source != target:
            following.setdefault(source, []).append(index)
    targets = {target for source, target in edges if source != target}
    visited: set[Hashable] = set()
    circular: set[int] = set()
    for start in sorted(keys, key=lambda key: key in targets):
        if start not in visited:
            circular |= _back_edges_from(start, edges, following, visited)
    return frozenset(circular)


def _back_edges_from(
    start: Hashable, edges: Sequence[tuple[Hashable, Hashable]], following: Mapping[Hashable, Sequence[int]], visited: set[Hashable]
) -> set[int]:
    """Those that are met going down from one node; what is met is added to `visited`."""
    circular = set()
    visited.add(start)
    on_the_way = {start}
    stack = [(start, iter(following.get(start, ())))]
    while stack:
        key, ahead = stack[-1]
        index = next(ahead, -1)
        if index < 0:
            on_the_way.discard(key)
            stack.pop()
        elif (target := edges[index][1]) in on_the_way:
            circular.add(index)
        elif target not in visited:
            visited.add(target)
            on_the_way.add(target)
            stack.append((target, iter(following.get(target, ()))))
    return circular


def label_lines(node: DrawnNode) -> tuple[str, str]:
    """Name with its sign, and type; the type is left out where it repeats the name."""
    name, kind = short_label(node.label, MAX_LABEL_CHARS), short_label(node.type.replace("_", " ").lower(), MAX_TYPE_CHARS)
    kind = "" if kind == name.lower() else kind
    return (f"{SIGNS[node.change]} {name or kind}".strip(), kind if name else "")


def short_label(text: str, limit: int) -> str:
    """On one line, white space as single spaces, at most `limit` characters."""
    return cut(" ".join(one_line(text).split()), limit)
