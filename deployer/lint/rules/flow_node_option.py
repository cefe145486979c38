"""Some settings of a node take one of a few values: `language`, `parseMode`, `mode`, `strategy`, `loopType`.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "count", "type": "CODE", "codeParam": {"code": "x = 1", "language": "Python"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "count", "type": "CODE", "codeParam": {"code": "x = 1", "language": "PYTHON"}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.graph import graphs
from deployer.lint.flow.node_types import NODE_TYPES, given
from deployer.lint.rule import Diagnostic, Document, Rule

_CHOOSY = [(kind, entry) for kind, entry in NODE_TYPES.items() if entry.options]


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for kind, entry in _CHOOSY:
            for node in graph.of.get(kind, ()):
                for field, options in entry.options if node.param else ():
                    value = node.param[field] if node.param and field in node.param else None
                    if value not in options and given(value):
                        message = f"{node} cannot have the `{field}` {shown(value)}."
                        yield Diagnostic(graph.node_path(node, entry.param, field), message, did_you_mean(str(value), options))


RULE = Rule("flow-node-option", "error", "GPTBots takes one of a few values there, and refuses the file otherwise.", check, refused_by_platform=True)
