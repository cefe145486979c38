"""`botType` tells the kind of target an export came from. In a `.flow` it is `Workflow`; another kind's target refuses it (403201).

Bad:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Flow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    if "botType" not in document.data:
        yield Diagnostic((), "The file has no `botType`.", 'Add `"botType": "Workflow"`, or export the workflow again.')
    elif document.data["botType"] != "Workflow":
        message = f"`botType` must be `Workflow`, and is {shown(document.data['botType'])}."
        yield Diagnostic(("botType",), message, "Export a Workflow. An Agent's export is a `.bot` file.")


RULE = Rule("flow-bot-type", "error", "GPTBots refuses a file that came from another kind of target.", check, refused_by_platform=True)
