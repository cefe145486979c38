"""`name` at the top is the name of the Workflow or Agent. The vendor's validator refuses a file without one.

Bad:
```json
{"formatVersion": "1.0", "name": " "}
```
Good:
```json
{"formatVersion": "1.0", "name": "Triage"}
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.values import number_text


def check(document: Document) -> Diagnostics:
    name = document.data.get("name")
    if name is None:
        path = ("name",) if "name" in document.data else ()
        yield Diagnostic(path, "The file has no `name`.", 'Add `"name": "..."` at the top: the name that the console shows.')
    elif not isinstance(name, str):
        if not number_text(name):
            yield Diagnostic(("name",), mismatch("`name`", "text", name), "Write the name that the console shows.")
    elif not name.strip():
        yield Diagnostic(("name",), "`name` is blank.", "Write the name that the console shows.")


RULE = Rule("flow-name", "error", "GPTBots refuses a file without a name.", check, refused_by_platform=True)
