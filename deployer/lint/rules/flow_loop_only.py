"""NEXT_LOOP, CONTINUE and BREAK steer the loop around them; SET_INTERMEDIATE_VARIABLE keeps a value for a LOOP's next round.

The first three stand in the `subWorkflow` of a LOOP or BATCH, the last one in that of a LOOP, at any depth.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BREAK"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "LOOP", "loopParam": {"loopType": "LIMITED_LOOP", "limitedLoopCount": 3},
  "subWorkflow": {"workflowNodes": [{"id": "b", "type": "START"}, {"id": "c", "type": "BREAK"}], "workflowEdges": []}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        if not graph.inner:
            for kind in ("NEXT_LOOP", "CONTINUE", "BREAK"):
                for node in graph.of.get(kind, ()):
                    message = f"{node} stands outside of any loop."
                    yield Diagnostic(graph.node_path(node, "type"), message, "Move it into the `subWorkflow` of a LOOP or BATCH, or remove it.")
        if "LOOP" not in graph.around and "" not in graph.around:  # "": a node of an unknown type, which may be meant as a LOOP
            for node in graph.of.get("SET_INTERMEDIATE_VARIABLE", ()):
                where = "in a BATCH: there is no next round" if graph.inner else "outside of any LOOP"
                yield Diagnostic(graph.node_path(node, "type"), f"{node} stands {where}.", "Move it into the `subWorkflow` of a LOOP, or remove it.")


RULE = Rule("flow-loop-only", "error", "GPTBots refuses a node that steers a loop where there is none.", check, refused_by_platform=True)
