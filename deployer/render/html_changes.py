"""A workflow in an HTML page: its graph as a picture and as text, and what changes inside, part by part with whole texts folded."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from deployer.model.difference import NO_VALUE, Difference, DrawnGraph, FieldDifference, PartDifference
from deployer.model.secret import MASK
from deployer.model.text import count, cut
from deployer.render import diff_text, graph_svg, graph_text
from deployer.render.html_parts import Part, code, element, folded, lines_block, paragraph, scrolled

MAX_PARTS: Final = 400  # of one workflow
MAX_FIELDS: Final = 40  # of one part
MAX_TEXT_LINES: Final = 600  # of a text that is compared line by line
MAX_TEXT_CHARS: Final = 40_000
UNKNOWN: Final = "No earlier definition was found to compare with, so this is the file alone."


def change_parts(name: str, difference: Difference) -> list[Part]:
    """What to put below the heading of a workflow that was compared."""
    summary = diff_text.summary(difference)
    parts: list[Part] = [paragraph(f"{summary[:1].upper()}{summary[1:]}." if summary else UNKNOWN)]
    parts += graph_parts(name, difference.graph) if not difference.layout_only else []
    listed = diff_text.listed_parts(difference)
    if listed and not difference.all_new:
        parts.append(element("ul", *(_part(part) for part in listed[:MAX_PARTS]), class_="parts"))
    left_out = [f"… and {count(len(listed) - MAX_PARTS, 'more change')}."] if len(listed) > MAX_PARTS and not difference.all_new else []
    return [*parts, *(element("p", line, class_="soft") for line in [*left_out, *diff_text.counted_lines(difference)])]


def graph_parts(name: str, graph: DrawnGraph) -> list[Part]:
    """The picture where it would be legible, and in any case the text."""
    if not graph.nodes:
        return []
    as_text = lines_block(graph_text.lines(graph))
    if not graph_svg.can_draw(graph):
        return [element("p", f"Too large for a picture: {count(len(graph.nodes), 'node')}.", class_="soft"), as_text]
    picture = scrolled(f"Graph of {name}", graph_svg.draw(graph, f"Graph of {name}"))
    return [element("figure", picture), folded("The graph as text", as_text)]


def legend(graphs: Sequence[DrawnGraph]) -> list[Part]:
    """What colours, signs and lines mean; nothing where all is as it was."""
    changes = {node.change for graph in graphs for node in graph.nodes} | {edge.change for graph in graphs for edge in graph.edges}
    if changes <= {"same"}:
        return []
    meanings = (("added", "+ added, thick line"), ("changed", "~ changed, dashed line"), ("removed", "- removed, dotted line"))
    return [element("ul", *(element("li", element("span", text, class_=f"badge {change}")) for change, text in meanings), class_="legend")]


def _part(part: PartDifference) -> Element:
    title: list[Part] = [element("span", diff_text.SIGNS[part.change], class_=f"sign {part.change}", title=part.change), diff_text.part_title(part)]
    fields = part.fields[:MAX_FIELDS]
    if len(fields) == 1 and not fields[0].path:  # a variable or a setting is its value
        return element("li", *title, ": ", *_values(fields[0]))
    rows = [row for field in fields for row in _field(field)]
    if len(part.fields) > MAX_FIELDS:
        rows.append(element("dd", f"… and {count(len(part.fields) - MAX_FIELDS, 'more field')}", class_="soft"))
    return element("li", *title, *([element("dl", *rows)] if rows else []))


def _field(field: FieldDifference) -> Iterator[Element]:
    yield element("dt", code(field.path) if field.path else "all of it")
    yield element("dd", *_values(field))


def _values(field: FieldDifference) -> list[Part]:
    before, after = diff_text.shown_values(field)
    if before and before == after:
        return ["changed, and not shown"]
    shown: list[Part] = [element("del", before)] * bool(before) + [" → "] * bool(before and after) + [element("ins", after)] * bool(after)
    whole = _whole(field)
    return [*shown, *([folded("The whole text, line by line", lines_block(whole))] if whole else [])]


def _whole(field: FieldDifference) -> list[str]:
    """A long text line by line; none where the cut values show all."""
    before, after = _text(field.before), _text(field.after)
    if MASK in (before, after) or (max(len(before), len(after)) <= diff_text.MAX_VALUE_CHARS and "\n" not in before + after):
        return []
    one, other = (cut(text, MAX_TEXT_CHARS).splitlines()[:MAX_TEXT_LINES] for text in (before, after))
    return [line for line in difflib.unified_diff(one, other, "", "", n=3, lineterm="") if not line.startswith(("---", "+++"))]


def _text(value: object) -> str:
    if value is NO_VALUE:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
