"""What changes inside each workflow, in Markdown: a line, the graph as a picture, and the fields, folded away."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from deployer.model.difference import Difference
from deployer.model.outcome import Outcome
from deployer.model.text import cut, one_line
from deployer.render import diff_text
from deployer.render.escape import code, fenced, markdown
from deployer.render.mermaid import LEGEND, draw
from deployer.render.page import LimitedPage, size

UNFOLDED: Final = 25  # nodes; a larger graph is shown to who asks for it
LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 600
UNKNOWN: Final = "what is there now cannot be told, so this is the file alone"


class Inside(NamedTuple):
    """One workflow's part. `fields` and `graph` are "" where there are none to show."""

    head: str
    graph: str
    fields: str


def put_changes(page: LimitedPage, outcomes: Sequence[Outcome], *, most_lines: int) -> None:
    """As many as there is room for: first each workflow's line, then fields, then graphs. `most_lines` of fields of one workflow."""
    shown = [(outcome, outcome.change.difference) for outcome in outcomes if outcome.change.difference]
    parts = [_inside(outcome.change.workflow.name, difference, most_lines) for outcome, difference in shown if _says_something(difference)]
    if not parts:
        return
    title = "\n### What changes\n" + f"\n{LEGEND}\n" * any(part.graph for part in parts)
    room = page.left - size(title) - size(_left_out(page, parts, set(), set(), set()))
    heads, room = _fitting([part.head for part in parts], set(range(len(parts))), room)
    fields, room = _fitting([part.fields for part in parts], heads, room)
    graphs, room = _fitting([part.graph for part in parts], heads, room)
    text = "".join(part.head + part.graph * (place in graphs) + part.fields * (place in fields) for place, part in enumerate(parts) if place in heads)
    told = (title + text if heads else "") + _left_out(page, parts, heads, fields, graphs)
    if size(told) <= page.left:
        page.put("changes", told)


def _fitting(texts: Sequence[str], among: set[int], room: int) -> tuple[set[int], int]:
    """The places of those that fit, one after the other, and the room that is left."""
    fit = set()
    for place, text in enumerate(texts):
        if place in among and size(text) <= room:
            room -= size(text)
            fit.add(place)
    return fit, room


def _left_out(page: LimitedPage, parts: Sequence[Inside], heads: set[int], fields: set[int], graphs: set[int]) -> str:
    missing_fields = sum(bool(part.fields) and place not in fields for place, part in enumerate(parts))
    missing_graphs = sum(bool(part.graph) and place not in graphs for place, part in enumerate(parts))
    return page.left_out((len(parts) - len(heads), "workflow"), (missing_fields, "field list"), (missing_graphs, "graph"))


def _says_something(difference: Difference) -> bool:
    return bool(difference.parts) or not difference.known


def _inside(name: str, difference: Difference, most_lines: int) -> Inside:
    said = markdown(cut(diff_text.summary(difference) or UNKNOWN, LONGEST_TEXT))
    head = f"\n#### {code(cut(name, LONGEST_NAME))}\n\n{said[:1].upper()}{said[1:]}.\n"
    return Inside(head, _graph(difference), _fields(difference, most_lines))


def _graph(difference: Difference) -> str:
    graph = difference.graph
    if not graph.nodes or difference.layout_only:
        return ""
    language, text = draw(graph)
    block = fenced(text, language)
    return f"\n{block}" if language == "mermaid" and len(graph.nodes) <= UNFOLDED else _folded(f"Graph: {len(graph.nodes)} nodes", block)


def _fields(difference: Difference, most_lines: int) -> str:
    if difference.all_new or difference.layout_only:
        return ""
    lines = [one_line(line) for line in diff_text.diff_lines(difference, most_lines)]
    return _folded("Field by field", fenced("\n".join(lines) + "\n", "diff")) if lines else ""


def _folded(title: str, block: str) -> str:
    """`title` is ours."""
    return f"\n<details><summary>{title}</summary>\n\n{block}\n</details>\n"
