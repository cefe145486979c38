"""What changes inside each workflow, in Markdown: a line, the graph as a picture, and the fields, folded."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from deployer.model.difference import Difference
from deployer.model.outcome import Outcome
from deployer.model.text import one_line
from deployer.render import diff_text
from deployer.render.escape import fenced, short_code, short_markdown
from deployer.render.mermaid import LEGEND, draw
from deployer.render.page import LimitedPage, size

MAX_UNFOLDED_NODES: Final = 25  # a larger graph is folded
UNKNOWN: Final = "no earlier definition was found to compare with, so this is the file alone"


class WorkflowDiff(NamedTuple):
    """One workflow's part of the page. `fields` and `graph` are "" where there are none to show."""

    head: str
    graph: str
    fields: str


def put_changes(page: LimitedPage, outcomes: Sequence[Outcome], *, max_field_lines: int) -> None:
    """Put as much as there is room for: first each workflow's line, then fields, then graphs. `max_field_lines`: of one workflow."""
    shown = [(outcome, outcome.change.difference) for outcome in outcomes if outcome.change.difference]
    diffs = [_diff(outcome.change.workflow.name, difference, max_field_lines) for outcome, difference in shown if _is_shown(difference)]
    if not diffs:
        return
    title = "\n### What changes\n" + f"\n{LEGEND}\n" * any(diff.graph for diff in diffs)
    room = page.left - size(title) - size(_left_out(page, diffs, set(), set(), set()))
    heads, room = _fitting([diff.head for diff in diffs], set(range(len(diffs))), room)
    fields, room = _fitting([diff.fields for diff in diffs], heads, room)
    graphs, room = _fitting([diff.graph for diff in diffs], heads, room)
    text = "".join(diffs[index].head + diffs[index].graph * (index in graphs) + diffs[index].fields * (index in fields) for index in sorted(heads))
    part = (title + text if heads else "") + _left_out(page, diffs, heads, fields, graphs)
    if size(part) <= page.left:
        page.put("changes", part)


def _fitting(texts: Sequence[str], among: set[int], room: int) -> tuple[set[int], int]:
    """The indexes of those that fit, one after the other, and the room that is left."""
    fit = set()
    for index, text in enumerate(texts):
        if index in among and size(text) <= room:
            room -= size(text)
            fit.add(index)
    return fit, room


def _left_out(page: LimitedPage, diffs: Sequence[WorkflowDiff], heads: set[int], fields: set[int], graphs: set[int]) -> str:
    missing_fields = sum(bool(diff.fields) and index not in fields for index, diff in enumerate(diffs))
    missing_graphs = sum(bool(diff.graph) and index not in graphs for index, diff in enumerate(diffs))
    return page.left_out((len(diffs) - len(heads), "workflow"), (missing_fields, "field list"), (missing_graphs, "graph"))


def _is_shown(difference: Difference) -> bool:
    return bool(difference.parts) or not difference.known


def _diff(name: str, difference: Difference, max_lines: int) -> WorkflowDiff:
    text = short_markdown(diff_text.summary(difference) or UNKNOWN)
    head = f"\n#### {short_code(name)}\n\n{text[:1].upper()}{text[1:]}.\n"
    return WorkflowDiff(head, _graph(difference), _fields(difference, max_lines))


def _graph(difference: Difference) -> str:
    graph = difference.graph
    if not graph.nodes or difference.layout_only:
        return ""
    language, text = draw(graph)
    block = fenced(text, language)
    return f"\n{block}" if language == "mermaid" and len(graph.nodes) <= MAX_UNFOLDED_NODES else _folded(f"Graph: {len(graph.nodes)} nodes", block)


def _fields(difference: Difference, max_lines: int) -> str:
    if difference.all_new or difference.layout_only:
        return ""
    lines = [one_line(line) for line in diff_text.diff_lines(difference, max_lines)]
    return _folded("Field by field", fenced("\n".join(lines) + "\n", "diff")) if lines else ""


def _folded(title: str, block: str) -> str:
    """`title` is not escaped."""
    return f"\n<details><summary>{title}</summary>\n\n{block}\n</details>\n"
