"""A value whose source is NODE names a node and a variable: `nodeId#name#variableId`. The node must exist.

Such values stand in `inputs` and anywhere in the parameters: operands of conditions, variables of aggregates, arrays of loops, assignments,
headers. The node is one of the same graph or, inside a loop, of a graph around it. The nodes in a loop cannot be read from outside, but for
the loop's own `outputs`.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"},
  {"id": "end", "type": "END", "inputs": [{"name": "reply", "source": "NODE", "value": "answer#Answer#text"}]}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"},
  {"id": "end", "type": "END", "inputs": [{"name": "reply", "source": "NODE", "value": "start#Start#text"}]}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import find_nearest, shown
from deployer.lint.flow.graph import Graph, read_graphs
from deployer.lint.flow.references import NodeReference, resolve_references
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_MAX_NODES = 100  # among more, the search for a similar id takes too long


def check(document: Document) -> Diagnostics:
    references = resolve_references(document)
    for reference in references.malformed:
        fix = "Write the node's id, its name and the variable's id, with `#` between them."
        value = reference.written.get("value")
        message = "This input has no `value` to read from." if value is None else f"{shown(value)}: expected the form `nodeId#name#variableId`."
        yield Diagnostic(reference.path, message, fix)
    names = len({reference.origin for reference in references.missing})
    for reference in references.missing:
        # Where as many nodes have lost their id, or are missing, it may name one of them; another rule reports those.
        if names > sum(graph.lost_nodes for graph in _with_outer_graphs(reference.graph)):
            yield Diagnostic(reference.path, f"There is no node {shown(reference.origin)} to read from.", _fix(document, reference))


def _with_outer_graphs(graph: Graph | None) -> Iterator[Graph]:
    while graph:
        yield graph
        graph = graph.outer


def _fix(document: Document, reference: NodeReference) -> str:
    if any(reference.origin in graph.ids for graph in read_graphs(document)):
        return "Read from the LOOP or BATCH node itself: the node is in a loop, and cannot be read from outside."
    small = [graph.ids for graph in _with_outer_graphs(reference.graph) if len(graph.ids) <= _MAX_NODES]
    near = find_nearest(reference.origin, [name for ids in small for name in ids])
    return f"Did you mean {shown(near)}?" if near else "Write the id of a node that comes before this one."


RULE = Rule("flow-reference", "error", "GPTBots refuses a value that is read from a node that does not exist.", check, refused_by_platform=True)
