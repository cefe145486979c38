"""Ids, names and handles are text. GPTBots reads a number in their place as text; other tools may not.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": 1, "type": "START"}, {"id": "2", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "1", "type": "START"}, {"id": "2", "type": "END"}], "workflowEdges": []}}
```
"""

from __future__ import annotations

from deployer.lint.flow.edges import EDGE_FIELDS
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


def check(document: Document) -> Diagnostics:
    yield from _check_fields(document.data, (), ("name",))
    if document.format == "bot":  # only its top level is documented
        return
    for graph, node in find_irregular_nodes(document).numeric:
        yield from _check_fields(node.data, graph.node_path(node), ("id", "name"))
    for graph in read_graphs(document):
        for index, edge in graph.edges.numeric:
            yield from _check_fields(edge, graph.edge_path(index), ("id", *EDGE_FIELDS))
        for kind in ("INTENT", "CONDITION"):
            for node in graph.by_type.get(kind, ()):
                yield from _check_branches(graph, node)


def _check_branches(graph: Graph, node: Node) -> Diagnostics:
    node_type = NODE_TYPES[node.kind]
    name = node_type.branches[0] if node_type.branches else ""
    branches = node.param.get(name) if node.param else None
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, dict) and type(branch.get("sourceHandle")) is not str:
            yield from _check_fields(branch, graph.node_path(node, node_type.param, name, index), ("sourceHandle",))


def _check_fields(mapping: dict[str, Any], path: Path, names: tuple[str, ...]) -> Diagnostics:
    for name in names:
        digits = number_text(mapping.get(name))
        if digits:
            yield Diagnostic((*path, name), f"`{name}` is a number, where an export has text.", f'Write it in quotes: `"{digits}"`.')


RULE = Rule("flow-number-as-text", "warning", "Exports hold text here, and not every reader accepts a number.", check)
