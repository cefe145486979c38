"""`{{name}}` in a text stands for an input or output of that name: the node's own, or an output of a node before it.

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

from deployer.lint.contents import contents, mappings, values
from deployer.lint.graph import Graph, Node, listed
from deployer.lint.node_types import NODE_TYPES
from deployer.lint.rule import Document, Problem, Rule
from deployer.source.words import did_you_mean, shown

_APART = ("CODE", "COMMENT")


def check(document: Document) -> Iterator[Problem]:
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
            yield from _unknown(graph, node, [name for name in own if isinstance(name, str)])
            break


def _names(text: str) -> list[str]:
    return [piece.partition("}}")[0].strip() for piece in text.split("{{")[1:] if "}}" in piece]


def _unknown(graph: Graph, node: Node, own: list[str]) -> Iterator[Problem]:
    offered = {*own, *_offered(graph, node)}
    for path, text in values(node.param, graph.node_path(node, NODE_TYPES[node.kind].param)):
        for name in dict.fromkeys(_names(text)) if isinstance(text, str) else ():
            root = name.partition(".")[0].partition("[")[0].strip()
            if name not in offered and root not in offered and root.isidentifier():
                cure = did_you_mean(root, dict.fromkeys(own)) if own else f"Add an input named {shown(root)}."
                yield Problem(path, f"Nothing offers {shown('{{' + name + '}}')} to {str(node)[0].lower()}{str(node)[1:]}.", cure)


def _offered(graph: Graph, node: Node) -> set[str]:
    """Every name that nodes before this one, and the loops around it, offer; of the loops all that may be a variable's."""
    found = {name for before in _before(graph, node) for _, each in mappings(before.data.get("outputs"), ()) for name in _both(each)}
    holder = graph.holder
    if graph.outer is None or holder is None:
        return found
    parts = (holder.param, holder.data.get("inputs"), holder.data.get("outputs"))
    found |= {"index", "item", *(name for part in parts for _, each in mappings(part, ()) for name in _both(each))}
    return found | _offered(graph.outer, holder)


def _both(each: dict[str, Any]) -> list[str]:
    return [name for name in (each.get("name"), each.get("id")) if isinstance(name, str)]


def _before(graph: Graph, node: Node) -> list[Node]:
    """The nodes upstream; all, where that cannot be told."""
    if not graph.joined:
        return graph.nodes
    found = [node]
    seen = {node.id}
    for each in found:  # grows while it is gone through
        for source in graph.edges.ins.get(each.id, ()):
            if source not in seen:
                seen.add(source)
                found.append(graph.ids[source])
    return found


RULE = Rule("flow-unknown-name", "warning", "A name in braces that nothing offers stays in the text, or leaves a hole in it.", check)
