"""`exportTime` is the time of the export in milliseconds since 1970, an integer, or null. GPTBots refuses a date written as text.

Bad:
```json
{"exportTime": "2025-09-25T01:35:23Z"}
```
Good:
```json
{"exportTime": 1758765323024}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = "Write milliseconds since 1970, such as `1758765323024`."


def check(document: Document) -> Diagnostics:
    value = document.data.get("exportTime")
    if type(value) is float and not value.is_integer():
        yield Diagnostic(("exportTime",), f"`exportTime`: expected an integer, got {shown(value)}.", _FIX)
    elif value is not None and type(value) not in (int, float):
        yield Diagnostic(("exportTime",), mismatch("`exportTime`", "an integer", value), _FIX)


RULE = Rule("flow-export-time", "error", "GPTBots refuses an export time that is not an integer.", check, refused_by_platform=True)
