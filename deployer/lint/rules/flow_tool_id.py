"""`toolId` and `toolApiId` name a plug-in of the organisation. They may be blank for a plug-in of another one: the node then calls nothing.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "TOOL_API", "toolApiParam": {"toolId": "", "toolApiId": ""}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "TOOL_API", "toolApiParam": {"toolId": "t-1", "toolApiId": "a-1"}}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.node_types import NODE_TYPES, is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_FIX = "Choose the plug-in in the console after the import, or write the id that it has in the target's organisation."


def check(document: Document) -> Diagnostics:
    node_type = NODE_TYPES["TOOL_API"]
    for graph, node in nodes_of_type(document, "TOOL_API"):
        for name in node_type.present:
            if node.param and name in node.param and not is_filled(node.param[name]):
                yield Diagnostic(graph.node_path(node, node_type.param, name), f"{node} names no plug-in: `{name}` is blank.", _FIX)


RULE = Rule("flow-tool-id", "warning", "GPTBots takes a node without its plug-in, and cannot run it.", check)
