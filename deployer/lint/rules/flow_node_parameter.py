"""Most types of node keep their settings in a mapping of their own: `llmParam`, `codeParam`, and so on. LOOP and BATCH hold a graph besides.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParams": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind, nearest, shown
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.flow.node_types import HOLDERS, NODE_TYPES
from deployer.lint.rule import Diagnostic, Document, Rule

_BARE = ("START", "NEXT_LOOP", "CONTINUE", "BREAK", "")


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.nodes:
            if node.param is None and node.kind not in _BARE:
                yield from _parameter(graph, node)
        for kind in HOLDERS:
            for node in graph.of.get(kind, ()):
                if node.data.get("subWorkflow") is None:
                    fix = "Add the graph that it repeats: a `START`, and what follows."
                    yield Diagnostic(graph.node_path(node, "id"), f"{node} has no `subWorkflow`.", fix)


def _parameter(graph: Graph, node: Node) -> Iterator[Diagnostic]:
    entry = NODE_TYPES[node.kind]
    value = node.data.get(entry.param)
    if value is not None:
        message = f"`{entry.param}` must be a mapping, and is {a_kind(value)}."
        yield Diagnostic(graph.node_path(node, entry.param), message, "Export the workflow again, or repair it by hand.")
    elif not entry.optional:
        near = nearest(entry.param, [key for key in node.data if "aram" in key])
        if near:
            yield Diagnostic(
                graph.node_path(node, near), f"{node} has no `{entry.param}`, but {shown(near)}.", f"Name it `{entry.param}`.", at_key=True
            )
        else:
            fix = f"Add it with {' and '.join(f'`{name}`' for name in entry.required)}." if entry.required else "Add it, as an export has it."
            yield Diagnostic(graph.node_path(node, "id"), f"{node} has no `{entry.param}`.", fix)


RULE = Rule("flow-node-parameter", "error", "GPTBots refuses a node without the settings of its type.", check, refused_by_platform=True)
