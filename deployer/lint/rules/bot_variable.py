"""An Agent's `customVariables` and `userProperties` are lists of definitions: each has a `name`, unique in both lists, and a known `type`.

The types are those of the vendor's public validator. The platform may know newer ones than Flowship: then turn this rule off.

Bad:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "customVariables": [{"name": "var_order_id", "type": "string"}]}
```
Good:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "customVariables": [{"name": "var_order_id", "type": "STRING"}]}
```
"""

from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.flow.node_types import is_filled
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.values import number_text

_SIMPLE = ("STRING", "INTEGER", "NUMBER", "BOOLEAN", "DATETIME", "OBJECT", "FILE")
_ARRAYS = ("ARRAY_STRING", "ARRAY_INTEGER", "ARRAY_NUMBER", "ARRAY_BOOLEAN", "ARRAY_OBJECT", "ARRAY_FILE")
TYPES = {"customVariables": (*_SIMPLE, *_ARRAYS), "userProperties": ("string", "number", "datetime", "bool", "list")}


def check(document: Document) -> Diagnostics:
    first_paths: dict[str, Path] = {}
    for key in TYPES:
        variables = document.data.get(key)
        if isinstance(variables, list):
            for index, variable in enumerate(variables):
                yield from _check_variable((key, index), variable, first_paths)
        elif variables is not None:
            yield Diagnostic((key,), mismatch(f"`{key}`", "a list", variables), "Write each definition as an item.")


def _check_variable(path: tuple[str, int], variable: object, first_paths: dict[str, Path]) -> Diagnostics:
    if not isinstance(variable, dict):
        yield Diagnostic(path, mismatch("A definition", "a mapping", variable), "Give it a `name` and a `type`.")
        return
    kind, options = variable.get("type"), TYPES[path[0]]
    if kind not in options:
        message = f"A definition cannot have the `type` {shown(kind)}." if is_filled(kind) else "A definition has no `type`."
        yield Diagnostic((*path, "type"), message, did_you_mean(str(kind), options))
    value = variable.get("name")
    name = value if isinstance(value, str) else number_text(value)
    if not name.strip():
        yield Diagnostic((*path, "name"), "A definition has no `name`.", "Give it one that no other definition has.")
    elif name in first_paths:
        related = (first_paths[name], "the first one is here")
        yield Diagnostic((*path, "name"), f"There is a definition {shown(name)} already.", "Give it another name.", related=related)
    first_paths.setdefault(name, (*path, "name"))


RULE = Rule("bot-variable", "error", "GPTBots refuses a variable that has an unknown type, or no name of its own.", check)
