"""What is wrong with the shape of a manifest or an eval suite: the JSON Schema finds it, and our words say it.

A value that stands where only a key's name may stand could be a secret: it is in no message.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, kind_of, path_text, shown

_WHOLE = {"Flowship manifest": "The manifest", "Flowship evals": "The suite"}
_TYPES = {"string": "text", "object": "a mapping", "array": "a list"}


class _SchemaError(NamedTuple):
    """One validation error: where, its keyword's own facts, the value, and the schema around the keyword."""

    path: Path
    facts: dict[str, Any]
    value: Any
    holder: dict[str, Any]
    schema: Any

    @property
    def there(self) -> str:
        return path_text(self.path) if self.path else _WHOLE[self.schema["title"]]

    @property
    def meaning(self) -> str:
        return str(self.holder.get("description", ""))


def check_schema(name: str, data: object) -> Iterator[RuleDiagnostic]:
    """(rule, problem) rows of a document that the schema `name` describes; rules are called `NAME-value` and so on.

    Imports the schema library, which costs more than reading the document does.
    """
    import json

    import jsonschema_rs

    from deployer import schemas

    schema = json.loads(schemas.text(name))
    for error in jsonschema_rs.validator_for(schema).iter_errors(data):
        fault = _SchemaError(tuple(error.instance_path), error.kind.as_dict(), error.instance, _follow(schema, error.schema_path[:-1]), schema)
        if error.kind.name == "pattern" and "keyName" in error.schema_path:
            yield f"{name}-key-name", _not_a_key_name(fault)
        else:
            for rule, problem in _TRANSLATIONS.get(error.kind.name, _other)(fault):
                yield f"{name}-{rule}", problem


def _follow(schema: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        schema = schema[part]
    return schema


def _unknown_keys(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    for name in fault.facts["unexpected"]:
        message = f"{fault.there} has no key {shown(name)}."
        yield "unknown-key", Diagnostic((*fault.path, name), message, did_you_mean(name, fault.holder["properties"]), at_key=True)


def _missing_key(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    name = fault.facts["property"]
    about = fault.holder["properties"][name]
    if "$ref" in about:
        about = _follow(fault.schema, about["$ref"].removeprefix("#/").split("/"))
    message = f"{fault.there} lacks the key {shown(name)}."
    yield "missing-key", Diagnostic(fault.path, message, about["description"], at_key=True)


def _bad_name(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    name = str(fault.facts["error"].instance)
    meaning = fault.schema["$defs"]["workflowName"]["description"]
    yield "value", Diagnostic((*fault.path, name), f"{shown(name)} cannot be a workflow's name.", meaning, at_key=True)


def _wrong_type(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    expected = " or ".join(_TYPES.get(each, each) for each in fault.facts["types"])
    yield "value", Diagnostic(fault.path, f"{fault.there} must be {expected}, and is {kind_of(fault.value)}.", fault.meaning)


def _not_the_one(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    yield "value", Diagnostic(fault.path, f"{fault.there} must be {shown(fault.facts['expected_value'])}.", fault.meaning)


def _none_of(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    fix = did_you_mean(str(fault.value), fault.facts["options"])
    yield "value", Diagnostic(fault.path, f"{fault.there} cannot be {shown(fault.value)}.", fix)


def _twice(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    yield "value", Diagnostic(fault.path, f"{fault.there} names one thing twice.", "Name each once.")


def _empty(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    yield "value", Diagnostic(fault.path, f"{fault.there} is empty.", fault.meaning)


def _other(fault: _SchemaError) -> Iterator[RuleDiagnostic]:
    yield "value", Diagnostic(fault.path, f"{fault.there} cannot be {shown(fault.value)}.", fault.meaning)


_TRANSLATIONS: dict[str, Callable[[_SchemaError], Iterator[RuleDiagnostic]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_key,
    "propertyNames": _bad_name,
    "type": _wrong_type,
    "const": _not_the_one,
    "enum": _none_of,
    "uniqueItems": _twice,
    "minItems": _empty,
    "minLength": _empty,
    "minProperties": _empty,
}


def _not_a_key_name(fault: _SchemaError) -> Diagnostic:
    write = "the name of a key"
    name = fault.value.upper().replace("-", "_")
    if len(name) <= 30 and name.isascii() and name.replace("_", "").isalpha():  # a name in small letters, not a value
        write = shown(name)
    fix = f"Write {write}: capital letters, digits and `_`. If a key's value stands here, take it out and revoke it: git keeps it."
    return Diagnostic(fault.path, f"{path_text(fault.path)} is no name of a key.", fix)
