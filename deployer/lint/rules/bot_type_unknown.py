"""`botType` is one of QuestionAnswer, Flow, LoopAgent (formerly Claw), Audio, MultiAgent and Clawsearch.

The platform refuses other values. It may know newer ones than Flowship: then turn this rule off.

Bad:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "loopagent"}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "BOT", "botType": "LoopAgent"}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

KINDS = ("QuestionAnswer", "Flow", "LoopAgent", "Audio", "MultiAgent", "Clawsearch", "Claw")


def check(document: Document) -> Diagnostics:
    kind = document.data.get("botType")
    if isinstance(kind, str) and kind.strip() and kind not in (*KINDS, "Workflow"):
        yield Diagnostic(("botType",), f"Flowship does not know the `botType` {shown(kind)}.", did_you_mean(kind, KINDS))


RULE = Rule("bot-type-unknown", "error", "GPTBots refuses a kind of Agent that it does not know.", check)
