"""`exportType` tells GPTBots what an export holds. In a `.flow` it is `WORKFLOW`; anything else is refused (403201, 403202).

Bad:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
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
    if "exportType" not in document.data:
        yield Diagnostic((), "The file has no `exportType`.", 'Add `"exportType": "WORKFLOW"`, or export the workflow again.')
    elif document.data["exportType"] != "WORKFLOW":
        message = f"`exportType` must be `WORKFLOW`, and is {shown(document.data['exportType'])}."
        yield Diagnostic(("exportType",), message, "Export a Workflow. An Agent's export is a `.bot` file.")


RULE = Rule("flow-export-type", "error", "GPTBots refuses a file that is not the export of a Workflow.", check, refused_by_platform=True)
