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

from collections.abc import Iterator

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Document, Rule

KINDS = ("QuestionAnswer", "Flow", "LoopAgent", "Audio")


def check(document: Document) -> Iterator[Diagnostic]:
    for key, options in (("exportType", ("BOT",)), ("botType", KINDS)):
        if key not in document.data:
            yield Diagnostic((), f"The file has no `{key}`.", "Export the Agent again.")
        elif document.data[key] not in options:
            fix = (
                "A Workflow's export is a `.flow` file."
                if document.data[key] in ("WORKFLOW", "Workflow")
                else did_you_mean(str(document.data[key]), options)
            )
            yield Diagnostic((key,), f"`{key}` cannot be {shown(document.data[key])} in a `.bot` file.", fix)


RULE = Rule("bot-type", "error", "GPTBots refuses a file that is not the export of an Agent.", check, refused_by_platform=True)
