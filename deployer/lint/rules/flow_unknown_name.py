"""`{{name}}` in a text stands for an input or output of that name: the node's own, or an output of another node of the graph.

The code of a CODE node is not looked into: braces mean something else there.

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

from collections.abc import Iterator
from typing import Any

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.contents import contents, mappings, values
from deployer.lint.flow.graph import Graph, Node, listed
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Document, Rule

_APART = ("CODE", "COMMENT")


def check(document: Document) -> Iterator[Diagnostic]:
    offered: dict[int, set[str]] = {}
    for graph, node, texts in contents(document).texts:
        if node.kind in _APART:
            continue
        own = [each.get("name") for key in ("inputs", "outputs") for each in listed(node, key) if type(each) is dict]
        for text in texts:
            for name in _names(text):
                if name not in own:
                    break
            else:
                continue
            yield from _unknown(graph, node, [name for name in own if isinstance(name, str)], _offered(graph, offered))
            break


def _names(text: str) -> list[str]:
    return [piece.partition("}}")[0].strip() for piece in text.split("{{")[1:] if "}}" in piece]


def _unknown(graph: Graph, node: Node, own: list[str], offered: set[str]) -> Iterator[Diagnostic]:
    for path, text in values(node.param, graph.node_path(node, NODE_TYPES[node.kind].param)):
        for name in dict.fromkeys(_names(text)) if isinstance(text, str) else ():
            root = name.partition(".")[0].partition("[")[0].strip()
            if root.isidentifier() and offered.isdisjoint((name, root)) and name not in own and root not in own:
                fix = did_you_mean(root, dict.fromkeys(own)) if own else f"Add an input named {shown(root)}."
                yield Diagnostic(path, f"Nothing offers {shown('{{' + name + '}}')} to {str(node)[0].lower()}{str(node)[1:]}.", fix)


def _offered(graph: Graph, done: dict[int, set[str]]) -> set[str]:
    """Every name that the nodes of the graph, and those around it, offer; of the loops around it all that may be a variable's."""
    if id(graph) not in done:
        found = {name for node in graph.nodes for _, each in mappings(node.data.get("outputs"), ()) for name in _both(each)}
        holder = graph.holder
        if graph.outer and holder:
            parts = (holder.param, holder.data.get("inputs"), holder.data.get("outputs"))
            found |= {"index", "item", *(name for part in parts for _, each in mappings(part, ()) for name in _both(each))}
            found |= _offered(graph.outer, done)
        done[id(graph)] = found
    return done[id(graph)]


def _both(each: dict[str, Any]) -> list[str]:
    return [name for name in (each.get("name"), each.get("id")) if isinstance(name, str)]


RULE = Rule("flow-unknown-name", "warning", "A name in braces that nothing offers stays in the text, or leaves a hole in it.", check)
