"""Where nodes and edges of one level of a graph stand: in layers from the top down, as Sugiyama, Tagawa and Toda described it (1981). Pure.

Circles are cut, every node is put one layer below those that lead to it, each layer is ordered so that few edges cross, and each node is moved as
near to its neighbours as its layer allows. An edge across several layers, or with a label, gets a vertex of its own in each layer between.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from deployer.render.graph_tree import back_edges

NODE_GAP: Final = 28.0
LANE_GAP: Final = 14.0  # beside an edge that passes
LAYER_GAP: Final = 30.0
SWEEPS: Final = 8
LANE_WEIGHT: Final = 4.0  # an edge across several layers is kept straight before a node is centred


class Size(NamedTuple):
    """In pixels."""

    width: float
    height: float


class LayerEdge(NamedTuple):
    """An edge between two vertices, by index. `label`: the size of its label, None without one."""

    source: int
    target: int
    label: Size | None = None


class Point(NamedTuple):
    """In pixels, from the left and from the top."""

    x: float
    y: float


class Layers(NamedTuple):
    """`centres` of the vertices. For each link, in their order: `routes`, the points that it passes between its upper end and its lower one;
    `labels`, the centre of its label, None without one; `upward`, whether it leads from the lower end to the upper. All of it lies in `size`."""

    size: Size
    centres: Sequence[Point]
    routes: Sequence[Sequence[Point]]
    labels: Sequence[Point | None]
    upward: Sequence[bool]


class _Chain(NamedTuple):
    """A link as vertices, from the upper layer to the lower."""

    vertices: Sequence[int]
    label: int | None
    upward: bool


class _Band(NamedTuple):
    """The height that a layer takes."""

    top: float
    bottom: float

    def crossed_at(self, x: float) -> tuple[Point, Point]:
        return Point(x, self.top), Point(x, self.bottom)


def place(sizes: Sequence[Size], links: Sequence[LayerEdge]) -> Layers:
    """The places of vertices of those sizes. A link from a vertex to itself has no points: draw it beside the vertex."""
    upward_links = back_edges(range(len(sizes)), [(link.source, link.target) for link in links])
    down = [link._replace(source=link.target, target=link.source) if index in upward_links else link for index, link in enumerate(links)]
    ranks = _ranks(len(sizes), down)
    boxes, layer_of = list(sizes), list(ranks)
    chains = [_chain(link, index in upward_links, ranks, boxes, layer_of) for index, link in enumerate(down)]
    layers = _ordered(layer_of, chains)
    xs = _across(layers, boxes, chains, len(sizes))
    bands = _bands(layers, boxes)
    points = [Point(x, (bands[layer].top + bands[layer].bottom) / 2) for x, layer in zip(xs, layer_of)]
    left = min((point.x - box.width / 2 for point, box in zip(points, boxes)), default=0.0)
    moved = [point._replace(x=point.x - left) for point in points]
    width = max((point.x + box.width / 2 for point, box in zip(moved, boxes)), default=0.0)
    routes = [[point for vertex in line.vertices[1:-1] for point in bands[layer_of[vertex]].crossed_at(moved[vertex].x)] for line in chains]
    labels = [moved[line.label] if line.label is not None else None for line in chains]
    return Layers(Size(width, bands[-1].bottom if bands else 0.0), moved[: len(sizes)], routes, labels, [line.upward for line in chains])


def _ranks(count: int, links: Sequence[LayerEdge]) -> list[int]:
    """Each vertex's layer: below all that lead to it, two below where the link has a label; one that nothing leads to stands just above the next."""
    ahead: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    missing = [0] * count
    for link in links:
        if link.source != link.target:
            ahead[link.source].append((link.target, 2 if link.label else 1))
            missing[link.target] += 1
    ranks, waiting = [0] * count, [vertex for vertex in range(count) if not missing[vertex]]
    sources = list(waiting)
    for vertex in waiting:  # grows meanwhile
        for target, length in ahead[vertex]:
            ranks[target] = max(ranks[target], ranks[vertex] + length)
            missing[target] -= 1
            if not missing[target]:
                waiting.append(target)
    for vertex in sources[1:]:
        ranks[vertex] = max(0, min((ranks[target] - length for target, length in ahead[vertex]), default=0))
    return ranks


def _chain(link: LayerEdge, is_back: bool, ranks: Sequence[int], boxes: list[Size], layer_of: list[int]) -> _Chain:
    """The link's vertices; those between its ends are added to `boxes` and `layer_of`. Its label is in the layer after the upper end."""
    if link.source == link.target:
        return _Chain((), None, upward=False)
    between = range(ranks[link.source] + 1, ranks[link.target])
    first = len(boxes)
    boxes += [Size(0, 0)] * len(between)
    layer_of += between
    label = (first + len(between) - 1 if is_back else first) if link.label else None
    if label is not None and link.label:
        boxes[label] = link.label
    return _Chain((link.source, *range(first, len(boxes)), link.target), label, is_back)


def _ordered(layer_of: Sequence[int], chains: Sequence[_Chain]) -> list[list[int]]:
    """The vertices of each layer from left to right: the best order met in some sweeps down and up."""
    above, below = _neighbours(len(layer_of), chains)
    layers: list[list[int]] = [[] for _ in range(max(layer_of, default=-1) + 1)]
    for vertex in _by_depth(layer_of, below):
        layers[layer_of[vertex]].append(vertex)
    best, fewest = layers, _crossings(layers, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        layers = _swept(layers, above if downwards else below, downwards=downwards)
        if (crossings := _crossings(layers, below)) < fewest:
            best, fewest = layers, crossings
    return best


def _neighbours(count: int, chains: Iterable[_Chain]) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for line in chains:
        for upper, lower in pairwise(line.vertices):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _by_depth(layer_of: Sequence[int], below: Sequence[Sequence[int]]) -> list[int]:
    """The vertices as they are met going down from the top ones, so that branches begin side by side in the order of their edges."""
    order: dict[int, None] = {}
    stack = sorted(range(len(layer_of)), key=lambda vertex: layer_of[vertex], reverse=True)
    while stack:
        vertex = stack.pop()
        if vertex not in order:
            order[vertex] = None
            stack += reversed(below[vertex])
    return list(order)


def _swept(layers: Sequence[Sequence[int]], fixed: Sequence[Sequence[int]], *, downwards: bool) -> list[list[int]]:
    """Each layer ordered by the mean place of its neighbours in the layer before."""
    swept = [list(layer) for layer in layers]
    order = range(1, len(swept)) if downwards else range(len(swept) - 2, -1, -1)
    for index in order:
        places = {vertex: place for place, vertex in enumerate(swept[index - 1 if downwards else index + 1])}
        own = {vertex: place for place, vertex in enumerate(swept[index])}
        swept[index].sort(key=lambda vertex: _mean([places[other] for other in fixed[vertex]], own[vertex]))
    return swept


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(layers: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    """How many pairs of edges cross between neighbouring layers."""
    total = 0
    for upper, lower in pairwise(layers):
        places = {vertex: place for place, vertex in enumerate(lower)}
        ends = [place for vertex in upper for place in sorted(places[other] for other in below[vertex])]
        tree = [0] * (len(lower) + 1)  # a Fenwick tree: how many edges met so far end at or left of a place
        for met, end in enumerate(ends):
            total += met - _prefix(tree, end + 1)
            _count(tree, end + 1)
    return total


def _prefix(tree: Sequence[int], place: int) -> int:
    total = 0
    while place:
        total += tree[place]
        place -= place & -place
    return total


def _count(tree: list[int], place: int) -> None:
    while place < len(tree):
        tree[place] += 1
        place += place & -place


def _across(layers: Sequence[Sequence[int]], boxes: Sequence[Size], chains: Sequence[_Chain], nodes: int) -> list[float]:
    """Each vertex's place from the left: some sweeps, in which every layer is put as near to its neighbours as the order allows."""
    above, below = _neighbours(len(boxes), chains)
    xs = [0.0] * len(boxes)
    for layer in layers:
        for vertex, x in zip(layer, _apart([0.0] * len(layer), [1.0] * len(layer), _gaps(layer, boxes, nodes))):
            xs[vertex] = x
    for sweep in range(SWEEPS):
        ordered = layers if sweep % 2 == 0 else [*reversed(layers)]
        sides = (above, below) if sweep == SWEEPS - 1 else (above,) if sweep % 2 == 0 else (below,)
        last = sweep >= SWEEPS - 2  # then an edge turns once, below its upper end, and goes straight down from there
        for layer in ordered[1:]:
            near = [(below,) if last and vertex >= nodes else sides for vertex in layer]
            wanted = [_mean([xs[other] for side in of for other in side[vertex]], xs[vertex]) for vertex, of in zip(layer, near)]
            weights = [LANE_WEIGHT if vertex >= nodes else 1.0 for vertex in layer]
            for vertex, x in zip(layer, _apart(wanted, weights, _gaps(layer, boxes, nodes))):
                xs[vertex] = x
    return xs


def _gaps(layer: Sequence[int], boxes: Sequence[Size], nodes: int) -> list[float]:
    """The least distance between the centres of neighbours in a layer."""
    spare = [NODE_GAP if vertex < nodes else LANE_GAP for vertex in layer]
    return [(boxes[one].width + boxes[other].width) / 2 + min(gaps) for (one, other), gaps in zip(pairwise(layer), pairwise(spare))]


def _apart(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep the order and the gaps: neighbours that would overlap move as one block."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []  # place, weight, how many
    for place, weight, offset in zip(wanted, weights, offsets):
        block = (place - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            other = blocks.pop()
            total = other[1] + block[1]
            block = ((other[0] * other[1] + block[0] * block[1]) / total, total, other[2] + block[2])
        blocks.append(block)
    bases = [place for place, _, size in blocks for _ in range(size)]
    return [base + offset for base, offset in zip(bases, offsets)]


def _bands(layers: Sequence[Sequence[int]], boxes: Sequence[Size]) -> list[_Band]:
    bands, top = [], 0.0
    for layer in layers:
        bands.append(_Band(top, top + max((boxes[vertex].height for vertex in layer), default=0.0)))
        top = bands[-1].bottom + LAYER_GAP
    return bands
