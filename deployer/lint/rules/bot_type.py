"""A `.bot` is the export of an Agent: `exportType` is `BOT`, and `botType` one of QuestionAnswer, Flow, LoopAgent, Audio.

Bad:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow"}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "LoopAgent"}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

KINDS = ("QuestionAnswer", "Flow", "LoopAgent", "Audio")


def check(document: Document) -> Diagnostics:
    for key, options in (("exportType", ("BOT",)), ("botType", KINDS)):
        value = document.data.get(key)
        if key not in document.data:
            yield Diagnostic((), f"The file has no `{key}`.", "Export the Agent again.")
        elif value not in options:
            fix = "Name the file `.flow` if it is a Workflow's export." if value in ("WORKFLOW", "Workflow") else did_you_mean(str(value), options)
            yield Diagnostic((key,), f"`{key}` cannot be {shown(value)} in a `.bot` file.", fix)


RULE = Rule("bot-type", "error", "GPTBots refuses a file that is not the export of an Agent.", check, refused_by_platform=True)
