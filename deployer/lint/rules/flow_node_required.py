"""The settings that a node of each type needs: a prompt, a query, a URL. Blank text and empty lists count as missing,
but for `delimiters` and `joinText`, where white space is a value.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": " "}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import path_text
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.node_types import NODE_TYPES, SEPARATORS, NodeType, is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_WITH_REQUIREMENTS = {kind: row for kind, row in NODE_TYPES.items() if row.required or row.present or row.options or row.when}


def check(document: Document) -> Diagnostics:
    for graph in read_graphs(document):
        for node in graph.nodes:
            node_type = _WITH_REQUIREMENTS.get(node.kind)
            if node_type is None or node.param is None:
                continue
            for field in _empty_fields(node.param, node_type):
                yield from _check_field(graph, node, field)
            if node_type.branches:
                yield from _check_branches(graph, node, *node_type.branches)


def _empty_fields(param: dict[str, object], node_type: NodeType) -> list[str]:
    """The required fields that are missing or empty; a dot leads into a mapping."""
    fields = []
    for field in node_type.required:
        value = param.get(field) or _value_at(param, field)
        if not (value.strip() if type(value) is str else is_filled(value)):  # most are text
            fields.append(field)
    fields += [field for field in node_type.present if field not in param] if node_type.present else ()
    for field, options in node_type.options:
        if (value := param.get(field)) not in options and not is_filled(value):
            fields.append(field)
    for field, choice, needed in node_type.when:
        if param.get(field) == choice:
            fields += [name for name in needed if not is_filled(param.get(name)) and not (name in SEPARATORS and param.get(name))]
    return fields


def _value_at(param: dict[str, object], field: str) -> object:
    """The value at `field`, where a dot leads into a mapping; None when it is missing."""
    outer, dot, inner = field.partition(".")
    value = param.get(outer)
    if not dot:
        return value
    return value.get(inner) if isinstance(value, dict) else None


def _check_field(graph: Graph, node: Node, field: str) -> Diagnostics:
    node_type = NODE_TYPES[node.kind]
    path = (node_type.param, *field.split("."))
    holder: object = node.param
    for part in path[1:-1]:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or (not holder and "." in field):
        if field == node_type.required[0]:  # once for all fields of the missing mapping
            names = " and ".join(f"`{name.rpartition('.')[2]}`" for name in node_type.required)
            yield Diagnostic(graph.node_path(node, *path[:-1]), f"{node} has no {path_text(path[:-1])} with {names}.", "Add it.", at_key=True)
    elif path[-1] in holder:
        yield Diagnostic(graph.node_path(node, *path), f"{node} has nothing in {path_text(path)}.", "Fill it in.")
    else:
        yield Diagnostic(graph.node_path(node, *path), f"{node} has no {path_text(path)}.", "Add it.", at_key=True)


def _check_branches(graph: Graph, node: Node, name: str, needed: tuple[str, ...]) -> Diagnostics:
    branches = node.param.get(name) if node.param else None
    path = (NODE_TYPES[node.kind].param, name)
    if not isinstance(branches, list):
        if is_filled(branches):
            yield Diagnostic(graph.node_path(node, *path), mismatch(path_text(path), "a list", branches), "Write each one as an item.")
        return
    for index, branch in enumerate(branches):
        if not isinstance(branch, dict):
            names = " and ".join(f"`{field}`" for field in needed)
            yield Diagnostic(graph.node_path(node, *path, index), mismatch(path_text((*path, index)), "a mapping", branch), f"Give it {names}.")
            continue
        for field in needed:
            if not is_filled(branch.get(field)):
                yield Diagnostic(graph.node_path(node, *path, index, field), f"{path_text((*path, index))} has no `{field}`.", "Add it.")


RULE = Rule("flow-node-required", "error", "GPTBots refuses a node without the settings that its type needs.", check, refused_by_platform=True)
