"""Checks a manifest or an eval suite against its JSON Schema, with messages of our own.

A value in the place of a key's name could be a secret: no message holds it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, kind_of, path_text, shown

_DOCUMENTS = {"Flowship manifest": "The manifest", "Flowship evals": "The suite"}
_TYPES = {"string": "text", "object": "a mapping", "array": "a list"}


class _SchemaError(NamedTuple):
    """One validation error: its path, the details of its keyword, the value, the schema around the keyword, and the whole schema."""

    path: Path
    details: dict[str, Any]
    value: Any
    subschema: dict[str, Any]
    schema: Any

    @property
    def subject(self) -> str:
        return path_text(self.path) if self.path else _DOCUMENTS[self.schema["title"]]

    @property
    def description(self) -> str:
        return str(self.subschema.get("description", ""))


def check_schema(name: str, data: object) -> Iterator[RuleDiagnostic]:
    """What the schema `name` finds in a document; the rules are `NAME-value` and so on.

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
            yield from ((f"{name}-{rule}", diagnostic) for rule, diagnostic in _diagnostics(error.kind.name, fault))


def _follow(schema: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        schema = schema[part]
    return schema


def _diagnostics(keyword: str, error: _SchemaError) -> Iterator[RuleDiagnostic]:
    """Rows of (rule without the schema's name, diagnostic)."""
    match keyword:
        case "additionalProperties":
            for name in error.details["unexpected"]:
                fix = did_you_mean(name, error.subschema["properties"])
                yield "unknown-key", Diagnostic((*error.path, name), f"{error.subject} has no key {shown(name)}.", fix, at_key=True)
        case "required":
            name = error.details["property"]
            described = error.subschema["properties"][name]
            if "$ref" in described:
                described = _follow(error.schema, described["$ref"].removeprefix("#/").split("/"))
            yield "missing-key", Diagnostic(error.path, f"{error.subject} lacks the key {shown(name)}.", described["description"], at_key=True)
        case "propertyNames":
            name = str(error.details["error"].instance)
            fix = error.schema["$defs"]["workflowName"]["description"]
            yield "value", Diagnostic((*error.path, name), f"{shown(name)} cannot be a workflow's name.", fix, at_key=True)
        case _:
            message, fix = _value_message(keyword, error)
            yield "value", Diagnostic(error.path, f"{error.subject}{message}", fix)


def _value_message(keyword: str, error: _SchemaError) -> tuple[str, str]:
    """What is wrong with a value, as it follows its name, and the fix."""
    match keyword:
        case "type":
            expected = " or ".join(_TYPES.get(name, name) for name in error.details["types"])
            return f": expected {expected}, got {kind_of(error.value)}.", error.description
        case "const":
            return f" must be {shown(error.details['expected_value'])}.", error.description
        case "enum":
            return f" cannot be {shown(error.value)}.", did_you_mean(str(error.value), error.details["options"])
        case "uniqueItems":
            return " has one item twice.", "Remove one of the two."
        case "minItems" | "minLength" | "minProperties":
            return " is empty.", error.description
        case _:
            return f" cannot be {shown(error.value)}.", error.description


def _not_a_key_name(error: _SchemaError) -> Diagnostic:
    expected = "the name of a key"
    name = error.value.upper().replace("-", "_")
    if len(name) <= 30 and name.isascii() and name.replace("_", "").isalpha():  # a name in small letters, not a value
        expected = shown(name)
    fix = f"Write {expected}: capital letters, digits and `_`. If this is a key's value, remove it and revoke the key: git keeps it."
    return Diagnostic(error.path, f"{path_text(error.path)} is not the name of a key.", fix)
