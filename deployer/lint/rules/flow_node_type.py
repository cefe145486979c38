"""A node's `type` defines its function. GPTBots refuses a file with an unknown type.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LMM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import did_you_mean, find_nearest, shown
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, ""):
        kind = node.data.get("type")
        if kind is None:
            yield Diagnostic(graph.key_path(node, "type"), f"{node} has no `type`.", "Add one, such as `LLM` or `CODE`.")
            continue
        near = isinstance(kind, str) and find_nearest(kind, NODE_TYPES)
        fix = did_you_mean(str(kind), NODE_TYPES) if near else f"Write one of {', '.join(NODE_TYPES)}."
        yield Diagnostic(graph.key_path(node, "type"), f"{node} cannot have the `type` {shown(kind)}.", fix)


RULE = Rule("flow-node-type", "error", "GPTBots refuses a node of an unknown type.", check, refused_by_platform=True)
