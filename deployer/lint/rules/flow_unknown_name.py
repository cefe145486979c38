"""`{{name}}` in a text is an input or output of that name: the node's own, or an output of another node of the graph.

Every text in a node's parameters is checked. The code of a CODE node is not: braces have another meaning there. The platform's own variables
are known: `sys_*`, `sys.*`, `browser_*`, `wa_*` and `start_msg_*`.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "inputs": [{"name": "message", "source": "DIRECT", "value": "Hello"}],
  "llmParam": {"userPrompt": "Answer this: {{mesage}}"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "inputs": [{"name": "message", "source": "DIRECT", "value": "Hello"}],
  "llmParam": {"userPrompt": "Answer this: {{message}}"}}], "workflowEdges": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.flow.parameters import read_parameters
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import inner_mappings, iter_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.lint.flow.graph import Graph, Node

_SKIPPED = ("CODE", "COMMENT")
_PLATFORM_NAMES = ("sys_", "sys.", "browser_", "wa_", "start_msg_")


def check(document: Document) -> Diagnostics:
    offered: dict[int, set[str]] = {}
    for graph, node, texts in read_parameters(document).texts:
        if node.kind in _SKIPPED:
            continue
        own = _own_names(node)
        names = {name for text in texts for name in _names_in(text) if name not in own and not name.startswith(_PLATFORM_NAMES)}
        unknown = _unknown_names(names, {*own, *_offered_names(graph, offered)}) if names else ()
        if unknown:
            yield from _check_texts(graph, node, own, unknown)


def _own_names(node: Node) -> dict[str, None]:
    """The names of the node's inputs and outputs, in order."""
    listed = node.get_list("inputs") + node.get_list("outputs")
    return {name: None for item in listed if type(item) is dict and type(name := item.get("name")) is str}


def _names_in(text: str) -> list[str]:
    return [piece.partition("}}")[0].strip() for piece in text.split("{{")[1:] if "}}" in piece]


def _root(name: str) -> str:
    """The name before a field or an index."""
    return name.partition(".")[0].partition("[")[0].strip()


def _unknown_names(names: set[str], known: set[str]) -> set[str]:
    roots = {name: _root(name) for name in names - known}
    return {name for name, root in roots.items() if root.isidentifier() and root not in known}


def _check_texts(graph: Graph, node: Node, own: dict[str, None], unknown: set[str]) -> Diagnostics:
    for path, text in iter_values(node.param, graph.node_path(node, NODE_TYPES[node.kind].param)):
        for name in dict.fromkeys(_names_in(text)) if isinstance(text, str) else ():
            root = _root(name)
            if name in unknown:
                fix = did_you_mean(root, own) if own else f"Add an input named {shown(root)}."
                yield Diagnostic(path, f"{shown('{{' + name + '}}')} is no input or output that {node.title} can read.", fix)


def _offered_names(graph: Graph, cache: dict[int, set[str]]) -> set[str]:
    """The outputs of all nodes of the graph and of the graphs around it, and every possible variable of the loops around it."""
    if id(graph) not in cache:
        names = {name for node in graph.nodes for name in _names_and_ids(node.data.get("outputs"))}
        holder = graph.holder
        if graph.outer and holder:
            parts = (holder.param, holder.data.get("inputs"), holder.data.get("outputs"))
            names |= {"index", "item", *(name for part in parts for name in _names_and_ids(part))}
            names |= _offered_names(graph.outer, cache)
        cache[id(graph)] = names
    return cache[id(graph)]


def _names_and_ids(value: Any) -> Iterator[str]:
    return (name for item in inner_mappings(value) for name in (item.get("name"), item.get("id")) if isinstance(name, str))


RULE = Rule("flow-unknown-name", "warning", "An unknown name in braces stays in the text, or leaves a gap in it.", check)
