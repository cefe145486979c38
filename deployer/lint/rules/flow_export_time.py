"""`exportTime` is the time of the export in milliseconds since 1970, a number. GPTBots refuses a date written as text.

Bad:
```json
{"exportTime": "2025-09-25T01:35:23Z"}
```
Good:
```json
{"exportTime": 1758765323024}
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch


def check(document: Document) -> Diagnostics:
    value = document.data.get("exportTime", 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        fix = "Write milliseconds since 1970, such as `1758765323024`."
        yield Diagnostic(("exportTime",), mismatch("`exportTime`", "a number", value), fix)


RULE = Rule("flow-export-time", "error", "GPTBots refuses an export time that is not a number.", check, refused_by_platform=True)
