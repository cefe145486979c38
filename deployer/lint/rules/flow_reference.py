"""An input whose source is NODE names a node and a variable: `nodeId#name#variableId`. The node must be there.

It is a node of the same graph, or, inside a loop, of a graph around it. A loop's own nodes cannot be read from outside.

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

from deployer.formats.quoting import nearest, shown
from deployer.lint.flow.graph import Graph, graphs, listed
from deployer.lint.flow.references import NodeReference, readings
from deployer.lint.rule import Diagnostic, Document, Rule

_MANY = 100  # nodes: beyond that, a search for a similar id takes too long


def check(document: Document) -> Iterator[Diagnostic]:
    found = readings(document)
    for reading in found.malformed:
        fix = "Write the node's id, its name and the variable's id, with `#` between them."
        value = listed(reading.node, "inputs")[reading.place].get("value")
        message = "This input reads from nowhere." if value is None else f"{shown(value)} is no reference of the form `nodeId#name#variableId`."
        yield Diagnostic(reading.path, message, fix)
    names = len({reading.origin for reading in found.absent})
    for reading in found.absent:
        # Where as many nodes have lost their id, or are missing altogether, it may name one of them; that is told.
        if names > sum(graph.lost_nodes for graph in _around(reading.graph)):
            yield Diagnostic(reading.path, f"There is no node {shown(reading.origin)} to read from.", _fix(document, reading))


def _around(graph: Graph | None) -> Iterator[Graph]:
    while graph:
        yield graph
        graph = graph.outer


def _fix(document: Document, reading: NodeReference) -> str:
    if any(reading.origin in graph.ids for graph in graphs(document)):
        return "It stands in a loop, which shows its nodes to nobody outside: read from the LOOP or BATCH node itself."
    few = [graph.ids for graph in _around(reading.graph) if len(graph.ids) <= _MANY]
    near = nearest(reading.origin, [name for ids in few for name in ids])
    return f"Did you mean {shown(near)}?" if near else "Write the id of a node that comes before this one."


RULE = Rule("flow-reference", "error", "GPTBots refuses an input that reads from a node that is not there.", check, refused_by_platform=True)
