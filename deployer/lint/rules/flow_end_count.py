"""The outer graph ends at exactly one END node. The graph inside a LOOP or BATCH has one, or none.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "start", "type": "START"}, {"id": "end", "type": "END"}], "workflowEdges": []}}
```
"""

from deployer.lint.flow.rule_kinds import single_node_rule

RULE = single_node_rule(
    "flow-end-count",
    "END",
    "GPTBots refuses a graph that does not end at exactly one node.",
    add="Add one, and an edge to it.",
    keep="Keep one, and lead every branch to it.",
    in_loops=False,
)
