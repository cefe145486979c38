"""A workflow's graph as plain text: one node a line, from the start down, branches indented below the node that they leave. Not escaped.

    Start
  ~ Which language? (intent)
      ?German -> Answer in German (llm)
          -> End
  +   ?French -> Answer in French (llm)
  +       -> End
    End

A node to which several branches lead stands once, below the last node that all of them pass (its immediate dominator); a branch that ends there
names it. What is inside a node follows it behind `|`. No line is longer than MAX_COLUMNS, however deep it stands.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Final, NamedTuple
from unicodedata import east_asian_width

from deployer.model.difference import DrawnEdge, DrawnGraph, DrawnNode
from deployer.model.text import count
from deployer.render.graph_tree import MAX_TYPE_CHARS, SIGNS, GraphTree, back_edges, label_lines, short_label

MAX_COLUMNS: Final = 80
MAX_LINES: Final = 500
MAX_MARGIN: Final = 30  # what stands deeper stands there too


class _Line(NamedTuple):
    """A line to come: a node, behind its edge where it begins a branch; or a branch that `ends` at a node that stands elsewhere."""

    key: str
    margin: str
    edge: DrawnEdge | None = None
    ends: bool = False


class _Level(NamedTuple):
    """One level of the graph. `leads`: the edges from each node; `arrivals`: how many edges lead to it, those back not counted; `below`: the
    nodes that it is the immediate dominator of, in the order of the flow, "" for those that nothing leads to."""

    leads: Mapping[str, Sequence[DrawnEdge]]
    arrivals: Mapping[str, int]
    below: Mapping[str, Sequence[str]]


def lines(graph: DrawnGraph) -> tuple[str, ...]:
    """The graph, at most MAX_LINES of it; the rest is counted. Each line begins with a sign (`+`, `-`, `~`) or a space."""
    rows = _rows(GraphTree(graph))
    shown = tuple(islice(rows, MAX_LINES))
    left_out = sum(1 for _ in rows)
    return (*shown, f"  … and {count(left_out, 'more line')}") if left_out else shown


def _rows(tree: GraphTree) -> Iterator[str]:
    names = _names(tree.nodes)
    levels = {inside: _level([node.key for node in nodes], edges) for inside, nodes, edges in tree.levels()}
    stack = _begin(levels, None, "")
    followed = set()  # in a report that was read, a node may lead to itself in ways that no graph has
    while stack:
        line = stack.pop()
        yield _shown(line, tree.by_key[line.key], names[line.key])
        if not line.ends and line.key not in followed:
            followed.add(line.key)
            stack += _following(levels[tree.parents[line.key]], line, tree.by_key)
            stack += _begin(levels, line.key, _deeper(line.margin, "| "))


def _begin(levels: Mapping[str | None, _Level], inside: str | None, margin: str) -> list[_Line]:
    """The first lines of a level, the last one first."""
    return [_Line(key, margin) for key in reversed(levels[inside].below.get("", ()))] if inside in levels else []


def _following(level: _Level, line: _Line, nodes: Mapping[str, DrawnNode]) -> list[_Line]:
    """The lines after a node, the last one first: its branches, and then the nodes in which they meet."""
    margin = _deeper(line.margin, "  ") if line.edge else line.margin
    leads, below = level.leads.get(line.key, ()), level.below.get(line.key, ())
    begun = {edge.target for edge in leads if edge.target in below and level.arrivals[edge.target] == 1}
    simply = len(leads) == 1 and bool(begun) and not leads[0].label and leads[0].change in ("same", nodes[leads[0].target].change)
    branches = [_Line(edge.target, _deeper(margin, "  "), edge, edge.target not in begun) for edge in leads]
    goes_on = [_Line(key, margin) for key in below if simply or key not in begun]
    return [*reversed(goes_on), *([] if simply else reversed(branches))]


def _deeper(margin: str, more: str) -> str:
    return margin + more if len(margin) < MAX_MARGIN else margin


def _shown(line: _Line, node: DrawnNode, name: str) -> str:
    if line.edge is None:
        return _cut(f"{SIGNS[node.change] or ' '} {line.margin}{name}")
    sign = SIGNS[line.edge.change] if line.ends or node.change == "same" else SIGNS[node.change]
    label = short_label(line.edge.label, MAX_TYPE_CHARS)
    return _cut(f"{sign or ' '} {line.margin}{f'?{label} ' if label else ''}-> {name}")


def _cut(text: str) -> str:
    """At most MAX_COLUMNS of a terminal, where letters of some scripts take two."""
    ends = [*accumulate(2 if east_asian_width(char) in "WF" else 1 for char in text)]
    return text if not ends or ends[-1] <= MAX_COLUMNS else text[: bisect_right(ends, MAX_COLUMNS - 1)] + "…"


def _names(nodes: Sequence[DrawnNode]) -> dict[str, str]:
    """`Answer in German (llm)` by key; those of several nodes are numbered."""
    names, numbers = {}, Counter[str]()
    for node in nodes:
        label, kind = label_lines(node._replace(change="same"))
        names[node.key] = f"{label or '(no name)'}{f' ({kind})' if kind else ''}"
    total = Counter(names.values())
    for key, name in names.items():
        numbers[name] += 1
        names[key] = f"{name} #{numbers[name]}" if total[name] > 1 else name
    return names


def _level(keys: Sequence[str], edges: Sequence[DrawnEdge]) -> _Level:
    leads: dict[str, list[DrawnEdge]] = {}
    for edge in edges:
        leads.setdefault(edge.source, []).append(edge)
    circular = back_edges(keys, [(edge.source, edge.target) for edge in edges])
    ahead = [edge for index, edge in enumerate(edges) if index not in circular and edge.source != edge.target]
    return _Level(leads, Counter(edge.target for edge in ahead), _below(keys, ahead))


def _below(keys: Sequence[str], ahead: Sequence[DrawnEdge]) -> dict[str, list[str]]:
    """The dominator tree of a graph without circles, from "" down: in the order of the flow, one pass finds it."""
    predecessors: dict[str, list[str]] = {key: [] for key in keys}
    for edge in ahead:
        predecessors[edge.target].append(edge.source)
    parents, depth = {"": ""}, {"": 0}
    below: dict[str, list[str]] = {}
    for key in _in_flow_order(keys, ahead):
        parent = ""
        if predecessors[key]:
            parent = predecessors[key][0]
            for other in predecessors[key][1:]:
                while parent != other:
                    if depth[parent] >= depth[other]:
                        parent = parents[parent]
                    else:
                        other = parents[other]  # noqa: PLW2901 - both climb until they meet
        parents[key], depth[key] = parent, depth[parent] + 1
        below.setdefault(parent, []).append(key)
    return below


def _in_flow_order(keys: Sequence[str], ahead: Sequence[DrawnEdge]) -> list[str]:
    """Every node after all that lead to it, branches one after the other."""
    following: dict[str, list[str]] = {}
    missing = Counter(edge.target for edge in ahead)
    for edge in ahead:
        following.setdefault(edge.source, []).append(edge.target)
    order, stack = [], [key for key in reversed(keys) if not missing[key]]
    while stack:
        order.append(key := stack.pop())
        for target in reversed(following.get(key, ())):
            missing[target] -= 1
            if not missing[target]:
                stack.append(target)
    return order
