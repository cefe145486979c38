"""`botType` is the kind of target that an export came from. In a `.flow` it is `Workflow`; a target of another kind refuses it (403201).

Bad:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Flow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
"""

from deployer.lint.flow.rule_kinds import fixed_value_rule

RULE = fixed_value_rule("flow-bot-type", "botType", "Workflow", "GPTBots refuses a file that came from another kind of target.")
