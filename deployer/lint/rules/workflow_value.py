"""`name` and `description` are text, `variables` is a mapping, `steps` a list.

Bad:
```yaml
name: 7
trigger: {type: webhook}
steps: {greet: {}}
```
Good:
```yaml
name: "7"
trigger: {type: webhook}
steps: []
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_EXPECTED: dict[str, tuple[type, str, str]] = {
    "name": (str, "text", "Write a name; put it in quotes if it reads as a number."),
    "description": (str, "text", "Write a text, or remove the key."),
    "steps": (list, "a list", "Write each step as an item: `- id: …`."),
    "variables": (dict, "a mapping", "Write `name: value` lines below it."),
}


def check(document: Document) -> Diagnostics:
    for key, (kind, expected, fix) in _EXPECTED.items():
        if key not in document.data:
            continue
        value = document.data[key]
        if not isinstance(value, kind):
            yield Diagnostic((key,), mismatch(f"`{key}`", expected, value), fix)
        elif key == "name" and not document.data["name"].strip():
            yield Diagnostic((key,), "`name` is empty.", fix)


RULE = Rule("workflow-value", "error", "meinGPT accepts each part of a workflow in one form only.", check, refused_by_platform=True)
