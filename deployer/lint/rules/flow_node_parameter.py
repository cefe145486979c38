"""Most types of node have their settings in a mapping of their own: `llmParam`, `codeParam`, and so on. LOOP and BATCH hold a graph too.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParams": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "answer", "type": "LLM", "llmParam": {"userPrompt": "Hello"}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import find_nearest, shown
from deployer.lint.flow.graph import Graph, Node, nodes_of_type
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.node_types import LOOP_TYPES, NODE_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch


def check(document: Document) -> Diagnostics:
    for graph, node in find_irregular_nodes(document).parameters:
        yield from _check_parameter(graph, node)
    for kind in LOOP_TYPES:
        for graph, node in nodes_of_type(document, kind):
            if node.data.get("subWorkflow") is None:
                fix = "Add the graph that it repeats: a `START`, and the nodes after it."
                yield Diagnostic(graph.node_path(node, "id"), f"{node} has no `subWorkflow`.", fix)


def _check_parameter(graph: Graph, node: Node) -> Diagnostics:
    node_type = NODE_TYPES[node.kind]
    name = node_type.param
    value = node.data.get(name)
    if value is not None:
        yield Diagnostic(graph.node_path(node, name), mismatch(f"`{name}`", "a mapping", value), "Export the workflow again, or repair it by hand.")
    else:
        near = find_nearest(name, [key for key in node.data if "aram" in key])
        if near:
            yield Diagnostic(graph.node_path(node, near), f"{node} has no `{name}`, but {shown(near)}.", f"Name it `{name}`.", at_key=True)
        else:
            required = " and ".join(f"`{field}`" for field in (*node_type.required, *node_type.present))
            fix = f"Add it with {required}." if required else "Add it, as an export has it."
            yield Diagnostic(graph.node_path(node, "id"), f"{node} has no `{name}`.", fix)


RULE = Rule("flow-node-parameter", "error", "GPTBots refuses a node without the settings of its type.", check, refused_by_platform=True)
