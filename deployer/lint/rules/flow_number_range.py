"""`creativityLevel`, `docCorrelation` and `embeddingRate` of a node are numbers from 0 to 1.

The import takes others; what the node then does is not known. At the top of the file they are refused (`flow-top-number`).

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "llmParam": {"userPrompt": "Hello", "creativityLevel": 70}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LLM", "llmParam": {"userPrompt": "Hello", "creativityLevel": 0.7}}], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.flow.parameters import read_parameters, wrong_shares
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import iter_mappings


def check(document: Document) -> Diagnostics:
    for graph, node in read_parameters(document).shares:
        for path, mapping in iter_mappings(node.param, graph.node_path(node, NODE_TYPES[node.kind].param)):
            for name in wrong_shares(mapping):
                message = f"`{name}`: expected a number from 0 to 1, got {shown(mapping[name])}."
                yield Diagnostic((*path, name), message, "Write a number such as `0.5`.")


RULE = Rule("flow-number-range", "warning", "A number outside of 0 to 1 may break the node when it runs.", check)
