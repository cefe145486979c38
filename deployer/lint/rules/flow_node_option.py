"""Some settings of a node have a few allowed values: `language`, `parseMode`, `mode`, `strategy`, `loopType`.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "count", "type": "CODE", "codeParam": {"code": "x = 1", "language": "Python"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "count", "type": "CODE", "codeParam": {"code": "x = 1", "language": "PYTHON"}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import NODE_TYPES, is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_WITH_OPTIONS = tuple(kind for kind, node_type in NODE_TYPES.items() if node_type.options)


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, *_WITH_OPTIONS):
        node_type = NODE_TYPES[node.kind]
        for field, options in node_type.options:
            value = node.param.get(field) if node.param else None
            if value not in options and is_filled(value):
                message = f"{node} cannot have the `{field}` {shown(value)}."
                yield Diagnostic(graph.node_path(node, node_type.param, field), message, did_you_mean(str(value), options))


RULE = Rule("flow-node-option", "error", "GPTBots refuses a file with another value than one of the allowed ones.", check, refused_by_platform=True)
