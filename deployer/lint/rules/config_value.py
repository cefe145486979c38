"""The `config` of a trigger or step holds what its type needs, each value in its form: `temperature` is a number from 0 to 2, `max_tokens` a
whole number above 0. A text with `{{…}}` may stand for any value.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello, temperature: 3}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet, type: ai_completion, config: {prompt: Hello, temperature: 0.3}}
```
"""

from collections.abc import Iterator

from deployer.formats.positions import Path
from deployer.formats.quoting import a_kind, shown
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import ShapePart, mistyped, parts

HOTTEST = 2
_TEXT = "Write a text; put it in quotes if it reads as something else."
# Form: what a value must be, and the fix.
FORMS: dict[str, tuple[str, str]] = {
    "text": ("text", _TEXT),
    "words": ("text", _TEXT),
    "recipients": ("text, or a list of texts", "Write an address, in quotes if it reads as something else."),
    "temperature": ("a number from 0 to 2", "Write a number from 0 to 2, without quotes."),
    "count": ("a whole number above 0", "Write a whole number above 0, without quotes."),
    "headers": ("a mapping", "Write `Name: value` lines below it."),
    "items": ("a list or a reference to one", "Write a reference such as `{{input.items}}`, or a list."),
}


def check(document: Document) -> Iterator[Diagnostic]:
    for part in parts(document):
        for key in part.shape.required:
            if key not in part.config:
                yield _missing(part, key)
        fields = part.shape.fields
        for key, value in part.config.items():
            form = fields.get(key, "any")
            if form == "any" or (type(value) is str and form == "text"):
                continue
            if not isinstance(value, str) or "{{" not in value:
                yield from _misfits((*part.path, "config", key), key, form, value)


def _missing(part: ShapePart, key: str) -> Diagnostic:
    written = mistyped(part.config, part.shape.fields, part.shape.required).get(key)
    message = f"{part.what} needs {shown(key)} in its `config`."
    if written:
        return Diagnostic((*part.path, "config", written), message, f"Did you mean {shown(key)} by {shown(written)}?", at_key=True)
    return Diagnostic((*part.path, "config"), message, "Add it.", at_key=True)


def _misfits(path: Path, key: str, form: str, value: object) -> Iterator[Diagnostic]:
    words, fix = FORMS[form]
    if not _fits(form, value):
        what = shown(value) if isinstance(value, int | float) and not isinstance(value, bool) else a_kind(value)
        yield Diagnostic(path, f"`{key}` must be {words}, and is {what}.", fix)
    elif form in ("words", "recipients") and not str(value or "").strip():
        yield Diagnostic(path, f"`{key}` is empty.", "Write it, or put a reference there.")
    elif form == "headers" and isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(each, str):
                yield Diagnostic((*path, name), f"The header {shown(name)} must be text, and is {a_kind(each)}.", "Put it in quotes.")


def _fits(form: str, value: object) -> bool:
    if form in ("text", "words"):
        return isinstance(value, str)
    if form == "recipients":  # the page shows one text, and does not say that there is no more to it
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
    if form == "headers":
        return isinstance(value, dict)
    if form == "items":
        return isinstance(value, str | list)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= HOTTEST if form == "temperature" else value > 0 and value == int(value)


RULE = Rule("config-value", "error", "A step without what it works on, or with values of the wrong form, cannot run.", check)
