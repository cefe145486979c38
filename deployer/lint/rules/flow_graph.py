"""A `.flow` holds a graph: `workflow`, with the lists `workflowNodes` and `workflowEdges`, both of mappings. A `subWorkflow` is one too.

Bad:
```json
{"workflow": {"workflowNodes": {}}}
```
Good:
```json
{"workflow": {"workflowNodes": [], "workflowEdges": []}}
```
"""

from deployer.formats.quoting import path_text
from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = "Export the workflow again, or repair it by hand."


def check(document: Document) -> Diagnostics:
    if "workflow" not in document.data:
        yield Diagnostic((), "The file has no `workflow`, and so no graph.", _FIX)
    for graph in read_graphs(document):
        if isinstance(graph.data, dict):
            yield from _check_lists(graph, graph.data)
        else:
            yield Diagnostic(graph.path, mismatch(path_text(graph.path), "a mapping", graph.data), _FIX)


def _check_lists(graph: Graph, data: dict[str, object]) -> Diagnostics:
    for name, what in (("workflowNodes", "A node"), ("workflowEdges", "An edge")):
        path = (*graph.path, name)
        items = data.get(name)
        if name not in data:
            yield Diagnostic(graph.path, f"{path_text(graph.path)} has no `{name}`.", _FIX)
        elif not isinstance(items, list):
            yield Diagnostic(path, mismatch(path_text(path), "a list", items), _FIX)
        else:
            for index, item in enumerate(items):
                if not isinstance(item, dict):
                    yield Diagnostic((*path, index), mismatch(what, "a mapping", item), _FIX)


RULE = Rule("flow-graph", "error", "GPTBots refuses a file without a graph of nodes and edges.", check, refused_by_platform=True)
