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

from deployer.lint.graph import Graph, graphs, listed
from deployer.lint.readings import Reading, readings
from deployer.lint.rule import Document, Problem, Rule
from deployer.source.words import nearest, shown

_MANY = 1000  # nodes: beyond that, a search for a similar id takes too long


def check(document: Document) -> Iterator[Problem]:
    found = readings(document)
    for reading in found.malformed:
        cure = "Write the node's id, its name and the variable's id, with `#` between them."
        value = listed(reading.node, "inputs")[reading.place].get("value")
        message = "This input reads from nowhere." if value is None else f"{shown(value)} is no reference of the form `nodeId#name#variableId`."
        yield Problem(reading.path, message, cure)
    for reading in found.absent:
        if not _may_be_lost(reading, found.absent):
            yield Problem(reading.path, f"There is no node {shown(reading.origin)} to read from.", _cure(document, reading))


def _around(graph: Graph | None) -> Iterator[Graph]:
    while graph:
        yield graph
        graph = graph.outer


def _may_be_lost(reading: Reading, absent: list[Reading]) -> bool:
    """Whether what it names may be a node that lost its id, or is missing altogether, which another rule tells."""
    lost = sum(graph.lost_nodes for graph in _around(reading.graph))
    return bool(lost) and len({each.origin for each in absent}) <= lost


def _cure(document: Document, reading: Reading) -> str:
    if any(reading.origin in graph.ids for graph in graphs(document)):
        return "It stands in a loop, which shows its nodes to nobody outside: read from the LOOP or BATCH node itself."
    known = [name for graph in _around(reading.graph) for name in graph.ids]
    near = nearest(reading.origin, known) if len(known) <= _MANY else ""
    return f"Did you mean {shown(near)}?" if near else "Write the id of a node that comes before this one."


RULE = Rule("flow-reference", "error", "GPTBots refuses an input that reads from a node that is not there.", check, refused_by_platform=True)
