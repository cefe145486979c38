"""`formatVersion` is the version of the export format. GPTBots takes a file without it today, and may misread it later.

Bad:
```json
{"exportType": "WORKFLOW", "botType": "Workflow"}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow"}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch


def check(document: Document) -> Diagnostics:
    version = document.data.get("formatVersion")
    if "formatVersion" not in document.data:
        yield Diagnostic((), "The file has no `formatVersion`.", 'Add `"formatVersion": "1.0"`, or export it again.')
    elif isinstance(version, str) and version.strip():
        if version != "1.0":
            message = f"`formatVersion`: Flowship knows `1.0`, got {shown(version)}."
            yield Diagnostic(("formatVersion",), message, "Write `1.0` if the platform's export has it, or update Flowship.")
    else:
        yield Diagnostic(("formatVersion",), mismatch("`formatVersion`", "text", version), 'Write `"1.0"`.')


RULE = Rule("flow-format-version", "warning", "A file without its format version may be misread by a later version of the platform.", check)
