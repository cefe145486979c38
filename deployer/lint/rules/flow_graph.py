"""A `.flow` holds a graph: `workflow`, with the lists `workflowNodes` and `workflowEdges`, each of mappings. A `subWorkflow` is one too.

Bad:
```json
{"workflow": {"workflowNodes": {}}}
```
Good:
```json
{"workflow": {"workflowNodes": [], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind, at
from deployer.lint.flow.graph import Graph, graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_FIX = "Export the workflow again, or repair it by hand."


def check(document: Document) -> Iterator[Diagnostic]:
    if "workflow" not in document.data:
        yield Diagnostic((), "The file has no `workflow`: there is no graph in it.", _FIX)
    for graph in graphs(document):
        if isinstance(graph.data, dict):
            yield from _lists(graph, graph.data)
        else:
            yield Diagnostic(graph.path, f"{at(graph.path)} must be a mapping, and is {a_kind(graph.data)}.", _FIX)


def _lists(graph: Graph, data: dict[str, object]) -> Iterator[Diagnostic]:
    for name, what in (("workflowNodes", "A node"), ("workflowEdges", "An edge")):
        path = (*graph.path, name)
        if name not in data:
            yield Diagnostic(graph.path, f"{at(graph.path)} has no `{name}`.", _FIX)
            continue
        listed = data[name]
        if not isinstance(listed, list):
            yield Diagnostic(path, f"{at(path)} must be a list, and is {a_kind(listed)}.", _FIX)
            continue
        for index, item in enumerate(listed):
            if not isinstance(item, dict):
                yield Diagnostic((*path, index), f"{what} must be a mapping, and this is {a_kind(item)}.", _FIX)


RULE = Rule("flow-graph", "error", "GPTBots refuses a file without a graph of nodes and edges.", check, refused_by_platform=True)
