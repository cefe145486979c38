"""A workflow's graph as a Mermaid flowchart, as GitHub draws it in comments and summaries; of a large one, a listing.

Ids are our own, and of a label only letters, digits and spaces stand as they are: everything else is an entity (`#35;`), which Mermaid
reads after its own syntax, and its Markdown, are done. Fills are translucent and text keeps the page's colour, so that one
picture is legible in light and dark; a sign and the kind of line say the same as a colour.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import count, cut, one_line

MAX_NODES: Final = 100
MAX_EDGES: Final = 400  # Mermaid refuses more than 500
MAX_DRAWING_CHARS: Final = 45_000  # and more than 50,000 characters
MAX_LABEL_CHARS: Final = 48
MAX_TYPE_CHARS: Final = 24
MAX_TITLE_CHARS: Final = 28  # of a box around others: a second line would lie over what is inside
MAX_WORD_CHARS: Final = 20  # longer ones get places to break at, or the box grows with them
MAX_LISTED_LINES: Final = 120  # lines of a listing

SIGNS: Final[Mapping[str, str]] = {"added": "+", "removed": "-", "changed": "~", "same": ""}
LEGEND: Final = "In a graph, `+` (green, thick) is added, `-` (red, dotted) is removed, `~` (amber, dashed) is changed; grey is as it was."
STYLES: Final[Mapping[str, str]] = {
    "same": "fill:#8c959f1f,stroke:#8c959f,stroke-width:1px",
    "added": "fill:#2da44e33,stroke:#2da44e,stroke-width:3px",
    "changed": "fill:#d4a72c33,stroke:#bf8700,stroke-width:2px,stroke-dasharray:7 4",
    "removed": "fill:#cf222e1f,stroke:#e5534b,stroke-width:2px,stroke-dasharray:2 4",
}
_AROUND = re.compile(r"(fill:#\w{6})\w\w")  # a box around others is paler than they are
_ARROWS = {"same": "-->", "added": "==>", "removed": "-.->"}
_SHAPES = {"START": ('(["', '"])'), "END": ('(["', '"])'), "CONDITION": ('{{"', '"}}'), "INTENT": ('{{"', '"}}')}
_BOX = ('["', '"]')
_BLANK = "#160;"
_LONG_WORD = re.compile(rf"\S{{{MAX_WORD_CHARS}}}(?=\S)")
# Mermaid reads `\n`, `$$`, `fa:fa-bug` and placeholders of its own (`ﬂ°35¶ß`) after entities.
_READ_LATE = re.compile(r"[\\$:ﬂ¶]")
_SIGNS = "".join(SIGNS.values())


class Drawing(NamedTuple):
    """`text` goes into a code block of the language `language`: `mermaid`, or `text` for a listing."""

    language: str
    text: str


def draw(graph: DrawnGraph) -> Drawing:
    """A flowchart where it would be legible, else a listing; neither needs escaping in a fenced code block."""
    if len(graph.nodes) <= MAX_NODES and len(graph.edges) <= MAX_EDGES:
        text = render(graph)
        if len(text) <= MAX_DRAWING_CHARS:
            return Drawing("mermaid", text)
    return Drawing("text", listing(graph))


def render(graph: DrawnGraph) -> str:
    """The flowchart, in the graph's own order. A node with others inside is drawn around them, and an edge across its border ends there."""
    tree = _Tree(graph)
    edges = tree.drawn_edges()
    lines = ["flowchart TD", *_nodes(tree, None, "  ")]
    lines += [f"  {tree.ids[edge.source]} {_ARROWS[edge.change]}{_on_edge(edge.label)} {tree.ids[edge.target]}" for edge in edges]
    for change, style in STYLES.items():
        boxes, plain = _divided(tree, change)
        lines += _node_style(change, style, plain) + _node_style(f"{change}Around", _AROUND.sub(r"\g<1>12", style), boxes)
        lines += _edge_style(change, [str(index) for index, edge in enumerate(edges) if edge.change == change])
    return "\n".join(lines) + "\n"


def listing(graph: DrawnGraph) -> str:
    """What differs, indented below the nodes around it, then the edges that differ; the rest is counted."""
    tree = _Tree(graph)
    shown = {node.key for node in tree.nodes if node.change != "same"}
    shown |= {parent for key in shown for parent in tree.path(key)}
    rows = [*_rows(tree, shown), *(_edge_row(tree, edge) for edge in tree.edges if edge.change != "same")]
    same = len(tree.nodes) - len(shown)
    tail = [f"… and {count(len(rows) - MAX_LISTED_LINES, 'more line')}"] if len(rows) > MAX_LISTED_LINES else []
    tail += [f"… and {count(same, 'node')} as before"] if same else []
    return "\n".join([*rows[:MAX_LISTED_LINES], *tail]) + "\n"


class _Tree:
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

    def _between_neighbours(self, edge: DrawnEdge) -> DrawnEdge:
        one, other = ([*reversed([*self.path(key)]), key] for key in (edge.source, edge.target))
        depth = next((index for index, (left, right) in enumerate(zip(one, other)) if left != right), min(len(one), len(other)) - 1)
        return edge._replace(source=one[depth], target=other[depth])


def _nodes(tree: _Tree, inside: str | None, margin: str) -> Iterator[str]:
    for node in tree.inside.get(inside, ()):
        name = tree.ids[node.key]
        if node.key in tree.inside:
            yield f'{margin}subgraph {name}["{_entities(_title(node)) or _BLANK}"]'
            yield f"{margin}  direction TB"
            yield from _nodes(tree, node.key, margin + "  ")
            yield f"{margin}end"
        else:
            left, right = _SHAPES.get(node.type.upper(), _BOX)
            yield f"{margin}{name}{left}{_label(node)}{right}"


def _label(node: DrawnNode) -> str:
    return "<br/>".join(_entities(line) for line in _label_lines(node) if line) or _BLANK


def _title(node: DrawnNode) -> str:
    return cut(_label_lines(node)[0], MAX_TITLE_CHARS)


def _label_lines(node: DrawnNode) -> tuple[str, str]:
    """Name with its sign, and type; the type is left out where it repeats the name."""
    name, kind = _short(node.label, MAX_LABEL_CHARS), _short(node.type.replace("_", " ").lower(), MAX_TYPE_CHARS)
    kind = "" if kind == name.lower() else kind
    return (f"{SIGNS[node.change]} {name or kind}".strip(), kind if name else "")


def _short(text: str, limit: int) -> str:
    return cut(" ".join(one_line(text).split()), limit)


def _entities(text: str) -> str:
    broken = _READ_LATE.sub("\\g<0>\u200b", _breakable(text))
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in broken)


def _breakable(text: str) -> str:
    """With zero-width spaces in long words, and the sign kept beside the first one."""
    broken = _LONG_WORD.sub("\\g<0>\u200b", text)
    return broken[0] + "\xa0" + broken[2:] if broken[1:2] == " " and broken[0] in _SIGNS else broken


def _on_edge(label: str) -> str:
    shown = _short(label, MAX_TYPE_CHARS)
    return f'|"{_entities(shown)}"|' if shown else ""


def _divided(tree: _Tree, change: str) -> tuple[list[str], list[str]]:
    """The ids of the nodes of that change: boxes around others, and the others."""
    keys = [node.key for node in tree.nodes if node.change == change]
    return [tree.ids[key] for key in keys if key in tree.inside], [tree.ids[key] for key in keys if key not in tree.inside]


def _node_style(change: str, style: str, names: list[str]) -> list[str]:
    return [f"  classDef {change} {style}", f"  class {','.join(names)} {change}"] if names else []


def _edge_style(change: str, indexes: list[str]) -> list[str]:
    colour = re.search(r"stroke:(#\w+)", STYLES[change])
    width = {"added": 3, "removed": 2}.get(change, 1)
    return [f"  linkStyle {','.join(indexes)} stroke:{colour[1]},stroke-width:{width}px"] if indexes and colour else []


def _rows(tree: _Tree, shown: set[str]) -> Iterator[str]:
    waiting = [("", node) for node in reversed(tree.inside.get(None, []))]
    while waiting:
        margin, node = waiting.pop()
        if node.key in shown:
            name, kind = _label_lines(node)
            mark = name if node.change != "same" else f"  {name}"
            yield f"{margin}{mark}{f' ({kind})' if kind else ''}"
            waiting += [(margin + "    ", inner) for inner in reversed(tree.inside.get(node.key, []))]


def _edge_row(tree: _Tree, edge: DrawnEdge) -> str:
    ends = [_short(tree.by_key[key].label or tree.by_key[key].type, MAX_LABEL_CHARS) for key in (edge.source, edge.target)]
    label = _short(edge.label, MAX_TYPE_CHARS)
    return f"{SIGNS[edge.change]} {' → '.join(ends)}{f' ({label})' if label else ''}"
