"""`exportType` is what an export holds. In a `.flow` it is `WORKFLOW`; anything else is refused (403201, 403202).

Bad:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
"""

from deployer.lint.flow.rule_kinds import fixed_value_rule

RULE = fixed_value_rule("flow-export-type", "exportType", "WORKFLOW", "GPTBots refuses a file that is not the export of a Workflow.")
