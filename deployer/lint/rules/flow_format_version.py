"""`formatVersion` tells which form of export this is. Without it the file is taken today, and may be misread tomorrow.

Bad:
```json
{"exportType": "WORKFLOW", "botType": "Workflow"}
```
Good:
```json
{"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow"}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    if "formatVersion" not in document.data:
        yield Diagnostic((), "The file has no `formatVersion`.", 'Add `"formatVersion": "1.0"`, or export it again.')
    elif not isinstance(document.data["formatVersion"], str) or not document.data["formatVersion"]:
        message = f"`formatVersion` must be text, and is {a_kind(document.data['formatVersion'])}."
        yield Diagnostic(("formatVersion",), message, 'Write `"1.0"`.')


RULE = Rule("flow-format-version", "warning", "A file without its format version may be misread by a later platform.", check)
