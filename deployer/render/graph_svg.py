"""A workflow's graph as an SVG picture, for a page that needs no script and no network: boxes in layers, as `graph_layers` places them.

An element tree, so that every label is text and nothing else. Colours are the page's (`html_style`): a class says what changed, and a sign and
the kind of line say the same as a colour.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from unicodedata import combining, east_asian_width
from xml.etree.ElementTree import Element, SubElement

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import count, cut
from deployer.render.escape import xml
from deployer.render.graph_layers import LayerEdge, Layers, Point, Size, place
from deployer.render.graph_tree import MAX_TITLE_CHARS, MAX_TYPE_CHARS, GraphTree, label_lines, short_label

MAX_NODES: Final = 300
MAX_EDGES: Final = 900
MAX_DEPTH: Final = 12  # boxes in boxes
NAME_PX, TYPE_PX, EDGE_PX = 13.0, 11.0, 11.0  # the sizes of text in `html_style`
LINE_HEIGHT: Final = 1.35
MAX_LINE_PX: Final = 168.0
MAX_NAME_LINES: Final = 3
PADDING: Final = 14.0
MARGIN: Final = 18.0  # around the picture
TITLE_HEIGHT: Final = 26.0
BOLD: Final = 1.15  # how much wider bold text is
ARROW: Final = 7.0  # the length of an arrow head
MAX_TOOLTIP_CHARS: Final = 400
PORT_GAP: Final = 16.0
PER_ROW: Final = 4  # nodes that no edge leads to or from
BRANCHING: Final = ("CONDITION", "INTENT")
ROUND: Final = ("START", "END")
_NARROW, _WIDE, _WIDEST = frozenset("iljtfrI.,:;'|!()[]/\\ -"), frozenset("wQOGDHNCU+~#=<>^_&"), frozenset("mMW@%…")  # in DejaVu Sans, a wide font


class _Box(NamedTuple):
    """Where a node is drawn."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def attributes(self) -> dict[str, str]:
        names = ("x", "y", "width", "height")
        return {name: f"{value:.1f}" for name, value in zip(names, self)}


class _Level(NamedTuple):
    """What is inside one box, or the whole graph. `levels`: of those nodes that are boxes themselves, by key."""

    nodes: Sequence[DrawnNode]
    edges: Sequence[DrawnEdge]
    sizes: Sequence[Size]
    layers: Layers
    levels: Mapping[str, "_Level"]


def can_draw(graph: DrawnGraph) -> bool:
    """Whether a picture would be legible; else list what differs."""
    tree = GraphTree(graph)
    return len(tree.nodes) <= MAX_NODES and len(tree.edges) <= MAX_EDGES and all(len([*tree.path(key)]) < MAX_DEPTH for key in tree.by_key)


def draw(graph: DrawnGraph, title: str) -> Element:
    """An `svg` element in its natural size. `title`: what the picture is of, for those who hear it; text of others."""
    tree = GraphTree(graph)
    level = _level({inside: (nodes, edges) for inside, nodes, edges in tree.levels()}, None)
    width, height = (f"{side + 2 * MARGIN:.0f}" for side in level.layers.size)
    svg = Element("svg", {"class": "graph", "role": "img", "width": width, "height": height, "viewBox": f"0 0 {width} {height}"})
    SubElement(svg, "title").text = xml(title)
    SubElement(svg, "desc").text = f"{count(len(tree.nodes), 'node')}, {count(len(tree.edges), 'edge')}; the same as text stands below."
    _draw_level(svg, level, Point(MARGIN, MARGIN))
    return svg


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif font of that size, in pixels; rather too wide."""
    return sum(_ems(char) for char in text) * size


def _ems(char: str) -> float:
    if char.isascii():
        return 0.42 if char in _NARROW else 0.85 if char in _WIDE else 1.02 if char in _WIDEST else 0.72 if char.isupper() else 0.64
    return 0.0 if combining(char) else 1.2 if east_asian_width(char) in "WF" or ord(char) > 0xFFFF else 1.0 if char in _WIDEST else 0.76


def _level(parts: Mapping[str | None, tuple[Sequence[DrawnNode], Sequence[DrawnEdge]]], inside: str | None) -> _Level:
    nodes, own = parts.get(inside, ((), ()))
    levels = {node.key: _level(parts, node.key) for node in nodes if node.key in parts}
    sizes = [_box_size(node, levels[node.key]) if node.key in levels else _node_size(node) for node in nodes]
    index = {node.key: position for position, node in enumerate(nodes)}
    links = [LayerEdge(index[edge.source], index[edge.target], _label_size(edge)) for edge in own]
    linked = {end for link in links for end in link[:2]}
    alone = [position for position in range(len(nodes)) if position not in linked]
    rows = [LayerEdge(one, other) for one, other in zip(alone, alone[PER_ROW:])]  # not drawn: they put the rest of a long row below it
    return _Level(nodes, own, sizes, place(sizes, [*links, *rows]), levels)


def _node_size(node: DrawnNode) -> Size:
    names, kind = _lines(node)
    width = max([text_width(line, NAME_PX) for line in names] + [text_width(kind, TYPE_PX)])
    height = len(names) * NAME_PX * LINE_HEIGHT + bool(kind) * TYPE_PX * LINE_HEIGHT
    edge = 2 * PADDING + 12 * (node.type.upper() in BRANCHING)
    return Size(max(84.0, width + edge), height + 16)


def _box_size(node: DrawnNode, level: _Level) -> Size:
    inner = level.layers.size
    return Size(max(inner.width, text_width(_title(node), NAME_PX) * BOLD) + 2 * PADDING, inner.height + TITLE_HEIGHT + 2 * PADDING)


def _label_size(edge: DrawnEdge) -> Size | None:
    text = short_label(edge.label, MAX_TYPE_CHARS)
    return Size(text_width(text, EDGE_PX) + 10, EDGE_PX + 7) if text else None


def _title(node: DrawnNode) -> str:
    name, kind = label_lines(node)
    return f"{cut(name, MAX_TITLE_CHARS)}{f' · {kind}' if kind else ''}"


def _lines(node: DrawnNode) -> tuple[list[str], str]:
    """The name, broken so that each line fits, and the type."""
    name, kind = label_lines(node)
    lines = [""]
    for word in name.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if text_width(joined, NAME_PX) <= MAX_LINE_PX:
            lines[-1] = joined
        else:
            lines += _pieces(word) if not lines[-1] or text_width(word, NAME_PX) > MAX_LINE_PX else [word]
    lines = [line for line in lines if line]
    shown = lines[:MAX_NAME_LINES]
    return ([*shown[:-1], f"{shown[-1]}…"] if len(lines) > MAX_NAME_LINES else shown), kind


def _pieces(word: str) -> list[str]:
    pieces = [""]
    for char in word:
        if text_width(pieces[-1] + char, NAME_PX) > MAX_LINE_PX:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _draw_level(parent: Element, level: _Level, origin: Point) -> None:
    boxes = [
        _Box(origin.x + centre.x - size.width / 2, origin.y + centre.y - size.height / 2, *size)
        for centre, size in zip(level.layers.centres, level.sizes)
    ]
    for node, box in zip(level.nodes, boxes):
        if node.key in level.levels:
            _draw_box(parent, node, box, level.levels[node.key])
    _draw_edges(parent, level, boxes, origin)
    for node, box in zip(level.nodes, boxes):
        if node.key not in level.levels:
            _draw_node(parent, node, box)


def _draw_box(parent: Element, node: DrawnNode, box: _Box, level: _Level) -> None:
    """A node with others inside."""
    group = _group(parent, node, "box")
    SubElement(group, "rect", {**box.attributes, "rx": "8"})
    _text(group, "title", _title(node), box.left + PADDING, box.top + TITLE_HEIGHT / 2 + NAME_PX / 2)
    inner = box.left + (box.width - level.layers.size.width) / 2
    _draw_level(group, level, Point(inner, box.top + TITLE_HEIGHT + PADDING))


def _draw_node(parent: Element, node: DrawnNode, box: _Box) -> None:
    group = _group(parent, node, "node")
    if node.type.upper() in BRANCHING:
        left, right, top, bottom, middle = box.left, box.left + box.width, box.top, box.bottom, box.top + box.height / 2
        corners = [(left + 11, top), (right - 11, top), (right, middle), (right - 11, bottom), (left + 11, bottom), (left, middle)]
        SubElement(group, "polygon", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)})
    else:
        radius = box.height / 2 if node.type.upper() in ROUND else 6
        SubElement(group, "rect", {**box.attributes, "rx": f"{radius:.1f}"})
    names, kind = _lines(node)
    lines = [("name", line, NAME_PX) for line in names] + [("type", kind, TYPE_PX)] * bool(kind)
    baseline = box.top + (box.height - sum(size * LINE_HEIGHT for _, _, size in lines)) / 2
    for role, line, size in lines:
        baseline += size * LINE_HEIGHT
        _text(group, role, line, box.centre, baseline - size * 0.38)


def _group(parent: Element, node: DrawnNode, kind: str) -> Element:
    """With the whole label as a tooltip."""
    group = SubElement(parent, "g", {"class": f"{kind} {node.change}"})
    SubElement(group, "title").text = xml(cut(f"{node.label or node.type} ({node.change})", MAX_TOOLTIP_CHARS))
    return group


def _text(parent: Element, role: str, text: str, x: float, y: float) -> None:
    SubElement(parent, "text", {"class": role, "x": f"{x:.1f}", "y": f"{y:.1f}"}).text = xml(text)


def _draw_edges(parent: Element, level: _Level, boxes: Sequence[_Box], origin: Point) -> None:
    layers, index = level.layers, {node.key: position for position, node in enumerate(level.nodes)}
    ends = [(index[edge.source], index[edge.target]) for edge in level.edges]
    upper_lower = [(target, source) if upward else (source, target) for (source, target), upward in zip(ends, layers.upward)]
    routes = [[Point(point.x + origin.x, point.y + origin.y) for point in route] for route in layers.routes]
    starts = _ports(boxes, [upper for upper, _ in upper_lower], [_first(route, boxes[lower]) for (_, lower), route in zip(upper_lower, routes)])
    stops = _ports(boxes, [lower for _, lower in upper_lower], [_first(route[::-1], boxes[upper]) for (upper, _), route in zip(upper_lower, routes)])
    for number, edge in enumerate(level.edges):
        upper, lower = upper_lower[number]
        group = SubElement(parent, "g", {"class": f"edge {edge.change}"})
        if upper == lower:
            _draw_loop(group, boxes[upper])
            continue
        top, bottom = Point(starts[number], boxes[upper].bottom), Point(stops[number], boxes[lower].top)
        _draw_line(group, [top, *routes[number], bottom], upward=layers.upward[number])
        if label := layers.labels[number]:
            _draw_label(group, edge, Point(label.x + origin.x, label.y + origin.y))


def _first(route: Sequence[Point], box: _Box) -> float:
    return route[0].x if route else box.centre


def _ports(boxes: Sequence[_Box], ends: Sequence[int], others: Sequence[float]) -> list[float]:
    """Where each edge meets its box: those of one box side by side, in the order of where they lead, so that they do not cross."""
    ports = [0.0] * len(ends)
    of_box: dict[int, list[int]] = {}
    for number in sorted(range(len(ends)), key=lambda number: others[number]):
        of_box.setdefault(ends[number], []).append(number)
    for box, numbers in of_box.items():
        gap = min(PORT_GAP, boxes[box].width * 0.5 / len(numbers))
        for position, number in enumerate(numbers):
            ports[number] = boxes[box].centre + (position - (len(numbers) - 1) / 2) * gap
    return ports


def _draw_line(group: Element, points: Sequence[Point], *, upward: bool) -> None:
    """A curve from the first point to the last, with an arrow head at the end that it leads to."""
    first, *middle, last = points
    first, last = (first._replace(y=first.y + ARROW), last) if upward else (first, last._replace(y=last.y - ARROW))
    path = [f"M{first.x:.1f},{first.y:.1f}"]
    for one, other in pairwise([first, *middle, last]):
        half = (one.y + other.y) / 2
        path.append(f"C{one.x:.1f},{half:.1f} {other.x:.1f},{half:.1f} {other.x:.1f},{other.y:.1f}")
    SubElement(group, "path", {"d": " ".join(path)})
    tip, base = (first._replace(y=first.y - ARROW), first) if upward else (last._replace(y=last.y + ARROW), last)
    _arrow_head(group, [(tip.x, tip.y), (base.x - ARROW / 2, base.y), (base.x + ARROW / 2, base.y)])


def _draw_loop(group: Element, box: _Box) -> None:
    """From a node to itself, beside it."""
    right, middle = box.left + box.width, box.top + box.height / 2
    SubElement(group, "path", {"d": f"M{right:.1f},{middle - 7:.1f} c16,-4 16,18 {ARROW},14"})
    _arrow_head(group, [(right, middle + 7), (right + ARROW, middle + 3), (right + ARROW, middle + 11)])


def _arrow_head(group: Element, corners: Sequence[tuple[float, float]]) -> None:
    SubElement(group, "polygon", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)})


def _draw_label(group: Element, edge: DrawnEdge, centre: Point) -> None:
    text = short_label(edge.label, MAX_TYPE_CHARS)
    width, height = _label_size(edge) or Size(0, 0)
    SubElement(group, "rect", {**_Box(centre.x - width / 2, centre.y - height / 2, width, height).attributes, "rx": "3"})
    _text(group, "label", text, centre.x, centre.y + EDGE_PX * 0.36)
