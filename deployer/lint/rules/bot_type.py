"""A `.bot` is the export of an Agent: `exportType` is `BOT`, and `botType` the kind of Agent, not `Workflow`.

Bad:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow"}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "LoopAgent"}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    export_type, bot_type = document.data.get("exportType"), document.data.get("botType")
    if export_type != "BOT":
        yield _refused(document, "exportType", export_type)
    if not isinstance(bot_type, str) or not bot_type.strip() or bot_type == "Workflow":
        yield _refused(document, "botType", bot_type)


def _refused(document: Document, key: str, value: object) -> Diagnostic:
    if key not in document.data:
        return Diagnostic((), f"The file has no `{key}`.", "Export the Agent again.")
    fix = "Name the file `.flow` if it is a Workflow's export." if value in ("WORKFLOW", "Workflow") else "Export the Agent again."
    return Diagnostic((key,), f"`{key}` cannot be {shown(value)} in a `.bot` file.", fix)


RULE = Rule("bot-type", "error", "GPTBots refuses a file that is not the export of an Agent.", check, refused_by_platform=True)
