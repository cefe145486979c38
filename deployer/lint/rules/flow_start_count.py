"""Every graph begins at exactly one START node.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "end", "type": "END"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.rule_kinds import single_node_rule

RULE = single_node_rule(
    "flow-start-count",
    "START",
    "GPTBots refuses a graph that does not begin at exactly one node.",
    add="Add one, and an edge from it.",
    keep="Keep one, and draw its edges from there.",
    in_loops=True,
)
