"""What a node of each type cannot do without: a prompt, a query, a URL. Blank text and empty lists count as missing.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": " "}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind, at
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.flow.node_types import NODE_TYPES, NodeType, given
from deployer.lint.rule import Diagnostic, Document, Rule

_NEEDY = {kind: entry for kind, entry in NODE_TYPES.items() if entry.required or entry.options or entry.when}


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.nodes:
            if node.param is not None and node.kind in _NEEDY:
                entry = _NEEDY[node.kind]
                for field in _missing(node.param, entry):
                    yield from _told(graph, node, field)
                if entry.branches:
                    yield from _branches(graph, node, *entry.branches)


def _missing(param: dict[str, object], entry: NodeType) -> list[str]:
    """The fields that hold nothing; a dot leads into a mapping."""
    found = []
    for field in entry.required:
        value = param.get(field) or _inside(param, field)
        if not given(value):
            found.append(field)
    for field, _ in entry.options:
        if not given(param.get(field)):
            found.append(field)
    for field, choice, needed in entry.when:
        if param.get(field) == choice:
            found += [name for name in needed if not given(param.get(name))]
    return found


def _inside(param: dict[str, object], field: str) -> object:
    """The value at `field`, in the mapping where a dot leads. A field that is not there is None."""
    outer, dot, inner = field.partition(".")
    held = param.get(outer)
    if not dot:
        return held
    return held.get(inner) if isinstance(held, dict) else None


def _told(graph: Graph, node: Node, field: str) -> Iterator[Diagnostic]:
    where = (NODE_TYPES[node.kind].param, *field.split("."))
    holder: object = node.param
    for part in where[1:-1]:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or (not holder and "." in field):
        if field == NODE_TYPES[node.kind].required[0]:  # once for all that is missing with it
            yield Diagnostic(graph.node_path(node, *where[:-1]), f"{node} has no {at(where[:-1])} with {_listed(node)}.", "Add it.", at_key=True)
    elif where[-1] in holder:
        yield Diagnostic(graph.node_path(node, *where), f"{node} has nothing in {at(where)}.", "Fill it in.")
    else:
        yield Diagnostic(graph.node_path(node, *where), f"{node} has no {at(where)}.", "Add it.", at_key=True)


def _listed(node: Node) -> str:
    return " and ".join(f"`{field.rpartition('.')[2]}`" for field in NODE_TYPES[node.kind].required)


def _branches(graph: Graph, node: Node, name: str, needed: tuple[str, ...]) -> Iterator[Diagnostic]:
    listed = node.param.get(name) if node.param else None
    where = (NODE_TYPES[node.kind].param, name)
    if not isinstance(listed, list):
        if given(listed):
            yield Diagnostic(graph.node_path(node, *where), f"{at(where)} must be a list, and is {a_kind(listed)}.", "Write each one as an item.")
        return
    for index, branch in enumerate(listed):
        path = graph.node_path(node, *where, index)
        if not isinstance(branch, dict):
            words = " and ".join(f"`{each}`" for each in needed)
            yield Diagnostic(path, f"{at((*where, index))} must be a mapping, and is {a_kind(branch)}.", f"Give it {words}.")
            continue
        for each in needed:
            if not given(branch.get(each)):
                yield Diagnostic((*path, each), f"{at((*where, index))} has no `{each}`.", "Add it.")


RULE = Rule("flow-node-required", "error", "GPTBots refuses a node that lacks what its type needs.", check, refused_by_platform=True)
