"""A workflow's graph as a Mermaid flowchart, as GitHub draws it in comments and summaries; of a large one, a listing.

Ids are our own, and of a label only letters, digits and spaces stand as they are: everything else is an entity (`#35;`), which Mermaid
reads after its own syntax, and its Markdown, are done. Fills are translucent and text keeps the page's colour, so that one
picture is legible in light and dark; a sign and the kind of line say the same as a colour.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import count, cut
from deployer.render.graph_tree import MAX_LABEL_CHARS, MAX_TITLE_CHARS, MAX_TYPE_CHARS, SIGNS, GraphTree, label_lines, short_label

MAX_NODES: Final = 100
MAX_EDGES: Final = 400  # Mermaid refuses more than 500
MAX_DRAWING_CHARS: Final = 45_000  # and more than 50,000 characters
MAX_WORD_CHARS: Final = 20  # longer ones get places to break at, or the box grows with them
MAX_LISTED_LINES: Final = 120  # lines of a listing

LEGEND: Final = "In a graph, `+` (green, thick) is added, `-` (red, dotted) is removed, `~` (amber, dashed) is changed; grey is unchanged."
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
    tree = GraphTree(graph)
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
    tree = GraphTree(graph)
    shown = {node.key for node in tree.nodes if node.change != "same"}
    shown |= {parent for key in shown for parent in tree.path(key)}
    rows = [*_rows(tree, shown), *(_edge_row(tree, edge) for edge in tree.edges if edge.change != "same")]
    same = len(tree.nodes) - len(shown)
    tail = [f"… and {count(len(rows) - MAX_LISTED_LINES, 'more line')}"] if len(rows) > MAX_LISTED_LINES else []
    tail += [f"… and {count(same, 'node')} as before"] if same else []
    return "\n".join([*rows[:MAX_LISTED_LINES], *tail]) + "\n"


def _nodes(tree: GraphTree, inside: str | None, margin: str) -> Iterator[str]:
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
    return "<br/>".join(_entities(line) for line in label_lines(node) if line) or _BLANK


def _title(node: DrawnNode) -> str:
    return cut(label_lines(node)[0], MAX_TITLE_CHARS)


def _entities(text: str) -> str:
    broken = _READ_LATE.sub("\\g<0>\u200b", _breakable(text))
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in broken)


def _breakable(text: str) -> str:
    """With zero-width spaces in long words, and the sign kept beside the first one."""
    broken = _LONG_WORD.sub("\\g<0>\u200b", text)
    return broken[0] + "\xa0" + broken[2:] if broken[1:2] == " " and broken[0] in _SIGNS else broken


def _on_edge(label: str) -> str:
    shown = short_label(label, MAX_TYPE_CHARS)
    return f'|"{_entities(shown)}"|' if shown else ""


def _divided(tree: GraphTree, change: str) -> tuple[list[str], list[str]]:
    """The ids of the nodes of that change: boxes around others, and the others."""
    keys = [node.key for node in tree.nodes if node.change == change]
    return [tree.ids[key] for key in keys if key in tree.inside], [tree.ids[key] for key in keys if key not in tree.inside]


def _node_style(change: str, style: str, names: list[str]) -> list[str]:
    return [f"  classDef {change} {style}", f"  class {','.join(names)} {change}"] if names else []


def _edge_style(change: str, indexes: list[str]) -> list[str]:
    colour = re.search(r"stroke:(#\w+)", STYLES[change])
    width = {"added": 3, "removed": 2}.get(change, 1)
    return [f"  linkStyle {','.join(indexes)} stroke:{colour[1]},stroke-width:{width}px"] if indexes and colour else []


def _rows(tree: GraphTree, shown: set[str]) -> Iterator[str]:
    waiting = [("", node) for node in reversed(tree.inside.get(None, []))]
    while waiting:
        margin, node = waiting.pop()
        if node.key in shown:
            name, kind = label_lines(node)
            mark = name if node.change != "same" else f"  {name}"
            yield f"{margin}{mark}{f' ({kind})' if kind else ''}"
            waiting += [(margin + "    ", inner) for inner in reversed(tree.inside.get(node.key, []))]


def _edge_row(tree: GraphTree, edge: DrawnEdge) -> str:
    ends = [short_label(tree.by_key[key].label or tree.by_key[key].type, MAX_LABEL_CHARS) for key in (edge.source, edge.target)]
    label = short_label(edge.label, MAX_TYPE_CHARS)
    return f"{SIGNS[edge.change]} {' → '.join(ends)}{f' ({label})' if label else ''}"
