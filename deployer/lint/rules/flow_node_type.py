"""A node's `type` says what it does. GPTBots refuses a file with a type that it does not know.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LMM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import did_you_mean, nearest, shown
from deployer.lint.flow.graph import graphs
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.of.get("", ()):
            kind = node.data.get("type")
            if kind is None:
                yield Diagnostic(graph.place_of(node, "type"), f"{node} has no `type`.", "Add one, such as `LLM` or `CODE`.")
                continue
            known = isinstance(kind, str) and nearest(kind, NODE_TYPES)
            fix = did_you_mean(str(kind), NODE_TYPES) if known else f"There are {', '.join(NODE_TYPES)}."
            yield Diagnostic(graph.place_of(node, "type"), f"{node} cannot have the `type` {shown(kind)}.", fix)


RULE = Rule("flow-node-type", "error", "GPTBots refuses a node of a type that it does not know.", check, refused_by_platform=True)
