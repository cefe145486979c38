"""`exportTime` is the moment of the export in milliseconds since 1970, a number. GPTBots refuses a date written as text.

Bad:
```json
{"exportTime": "2025-09-25T01:35:23Z"}
```
Good:
```json
{"exportTime": 1758765323024}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    if "exportTime" not in document.data:
        return
    value = document.data["exportTime"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"`exportTime` must be a number, and is {a_kind(value)}."
        yield Diagnostic(("exportTime",), message, "Write milliseconds since 1970, such as `1758765323024`.")


RULE = Rule("flow-export-time", "error", "GPTBots refuses an export time that is not a number.", check, refused_by_platform=True)
