"""The `config` of a trigger or step holds the keys that its type needs, each with a value of its form: `temperature` is a number from 0 to 2,
`max_tokens` a whole number above 0. A text with `{{…}}` is allowed for every value.

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

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.workflow.step_types import STEP_KEYS, STEP_TYPES, missing_key, read_typed_parts, step_title
from deployer.lint.workflow.steps import read_steps

MAX_TEMPERATURE = 2
_TYPES = tuple(STEP_TYPES)  # `in` takes values of any kind
_TEXT = "Write a text; put it in quotes if it reads as something else."
# Form: the expected value, and the fix.
FORMS: dict[str, tuple[str, str]] = {
    "text": ("text", _TEXT),
    "words": ("text", _TEXT),
    "recipients": ("text, or a list of texts", "Write an address, in quotes if it reads as something else."),
    "temperature": ("a number from 0 to 2", "Write a number from 0 to 2, without quotes."),
    "count": ("a whole number above 0", "Write a whole number above 0, without quotes."),
    "headers": ("a mapping", "Write `Name: value` lines below it."),
    "items": ("a list or a reference to one", "Write a reference such as `{{input.items}}`, or a list."),
}
_NOT_EMPTY = ("words", "recipients")


def check(document: Document) -> Diagnostics:
    for path, step, *_ in read_steps(document):
        if isinstance(step, dict) and "config" not in step and step.get("type") in _TYPES:
            message = f"{step_title(step)} has no `config`."
            yield missing_key(path, step, STEP_KEYS, STEP_KEYS, "config", message, "Add `config:` with the settings of the step.")
    for part in read_typed_parts(document):
        for key in part.spec.required:
            if key not in part.config:
                message = f"{part.title} needs {shown(key)} in its `config`."
                yield missing_key((*part.path, "config"), part.config, part.spec.fields, part.spec.required, key, message, "Add it.")
        fields = part.spec.fields
        for key, value in part.config.items():
            form = fields.get(key, "any")
            if not is_valid(form, value):
                yield from _check_value((*part.path, "config", key), key, form, value)


def is_valid(form: str, value: object) -> bool:
    """Whether a value has the form, and is not empty where it must not be. A text with `{{…}}` has each form."""
    if form == "any":
        return True
    if isinstance(value, str):
        return form == "text" or "{{" in value or (form in _NOT_EMPTY and not (value == "" or value.isspace())) or form == "items"
    if not _has_form(form, value):
        return False
    return all(isinstance(text, str) for text in value.values()) if isinstance(value, dict) else form not in _NOT_EMPTY or bool(value)


def _check_value(path: Path, key: str, form: str, value: object) -> Diagnostics:
    expected, fix = FORMS[form]
    if not _has_form(form, value):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        message = f"`{key}`: expected {expected}, got {shown(value)}." if is_number else mismatch(f"`{key}`", expected, value)
        yield Diagnostic(path, message, fix)
    elif form in _NOT_EMPTY and not str(value or "").strip():
        yield Diagnostic(path, f"`{key}` is empty.", "Write it, or put a reference there.")
    elif form == "headers" and isinstance(value, dict):
        for name, text in value.items():
            if not isinstance(text, str):
                yield Diagnostic((*path, name), mismatch(f"The header {shown(name)}", "text", text), "Put it in quotes.")


def _has_form(form: str, value: object) -> bool:
    if form in ("text", "words"):
        return isinstance(value, str)
    if form == "recipients":  # the page shows one text, and does not exclude more
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    if form == "headers":
        return isinstance(value, dict)
    if form == "items":
        return isinstance(value, str | list)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= MAX_TEMPERATURE if form == "temperature" else value > 0 and value == int(value)


RULE = Rule("config-value", "error", "A step cannot run without its required values, or with values of the wrong form.", check)
