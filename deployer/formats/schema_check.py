"""Checks a manifest or an eval suite against its JSON Schema, with messages of our own.

A value in the place of a key's name could be a secret: no message holds it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from deployer.formats import known_formats
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, find_nearest, kind_of, path_text, shown

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
    def fix(self) -> str:
        return _fix_in(self.subschema)


def check_schema(name: str, data: object) -> Iterator[RuleDiagnostic]:
    """What the schema `name` finds in a document; the rules are `NAME-value` and so on.

    Imports the schema library, which costs more than reading the document does.
    """
    import jsonschema_rs

    schema = load_schema(name)
    for error in jsonschema_rs.validator_for(schema).iter_errors(data):
        fault = _SchemaError(tuple(error.instance_path), error.kind.as_dict(), error.instance, _follow(schema, error.schema_path[:-1]), schema)
        if error.kind.name == "pattern" and "keyName" in error.schema_path:
            yield f"{name}-key-name", _not_a_key_name(fault)
        else:
            yield from ((f"{name}-{rule}", diagnostic) for rule, diagnostic in _diagnostics(error.kind.name, fault))


def load_schema(name: str) -> Any:
    """The schema of that name, as data. That of the manifest takes the platforms that packages add."""
    import json

    from deployer import schemas

    schema = json.loads(schemas.text(name))
    if name == "manifest":
        platform, defaults = schema["$defs"]["workflow"]["properties"]["platform"], schema["properties"]["defaults"]["properties"]
        added = [known.platform for known in known_formats.all_formats() if known.platform not in platform["enum"]]
        platform["enum"] += added
        defaults.update((each, {"$ref": "#/$defs/defaults"}) for each in added)
    return schema


def _follow(schema: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        schema = schema[part]
    return schema


def _diagnostics(keyword: str, error: _SchemaError) -> Iterator[RuleDiagnostic]:
    """Rows of (rule without the schema's name, diagnostic)."""
    match keyword:
        case "additionalProperties":
            for name in error.details["unexpected"]:
                fix = _fix_of_unknown_key(name, error)
                yield "unknown-key", Diagnostic((*error.path, name), f"{error.subject} has no key {shown(name)}.", fix, at_key=True)
        case "required":
            name = error.details["property"]
            described = error.subschema["properties"][name]
            if "$ref" in described:
                described = _follow(error.schema, described["$ref"].removeprefix("#/").split("/"))
            path = error.path or tuple(error.value)[:1]  # of the document itself: the first key, which has a line
            yield "missing-key", Diagnostic(path, f"{error.subject} has no {shown(name)}.", _fix_in(described), at_key=True)
        case "propertyNames":
            name = str(error.details["error"].instance)
            kind = "environment" if error.path == ("environments",) else "workflow"
            message = f"{shown(name)} cannot be the name of {'an' if kind == 'environment' else 'a'} {kind}."
            yield "value", Diagnostic((*error.path, name), message, _fix_in(error.schema["$defs"][f"{kind}Name"]), at_key=True)
        case _:
            message, fix = _value_message(keyword, error)
            yield "value", Diagnostic(error.path, f"{error.subject}{message}", fix)


def _value_message(keyword: str, error: _SchemaError) -> tuple[str, str]:
    """What is wrong with a value, as it follows its name, and the fix."""
    match keyword:
        case "type":
            expected = " or ".join(_TYPES.get(name, name) for name in error.details["types"] if name != "null")
            return f": expected {expected}, got {kind_of(error.value)}.", error.fix
        case "const":
            expected = error.details["expected_value"]
            fix = f"Write {expected} without quotes." if error.value == str(expected) else f"Write {shown(expected)}."
            return f" must be {shown(expected)}.", fix if expected is not False else error.fix
        case "enum":
            fix = _fix_of_choice(str(error.value), error.details["options"], error.subschema.get("x-others", ""))
            return f" cannot be {shown(error.value)}.", fix
        case "uniqueItems":
            return " has one item twice.", "Remove one of the two."
        case "minItems" | "minLength" | "minProperties":
            return " is empty.", error.fix
        case _:
            return f" cannot be {shown(error.value)}.", error.fix


def _fix_in(schema: Mapping[str, Any]) -> str:
    """The instruction that a schema has for people, else its description."""
    return str(schema.get("x-fix") or schema.get("description", ""))


def _fix_of_unknown_key(name: str, error: _SchemaError) -> str:
    known = error.subschema["properties"]
    if name == "release" and "environments" in known:
        return "Remove it, and set `release` for an environment, in `environments:` at the top: `production: {release: always}`."
    return did_you_mean(name, known)


def _fix_of_choice(value: str, options: Sequence[str], others: str) -> str:
    """`others`: what to do for a value that is none of the options; it follows where none is near."""
    nearest = find_nearest(value, options)
    return f"Write {shown(nearest)}." if nearest else f"Write one of: {', '.join(map(shown, options))}. {others}".strip()


def _not_a_key_name(error: _SchemaError) -> Diagnostic:
    if "${{" in error.value:
        match = re.fullmatch(r"\$\{\{\s*(?:secrets|vars|env)\.([A-Z][A-Z0-9_]*)\s*\}\}", error.value.strip())
        fix = f"Write the name of the key{f', {shown(match[1])}' if match else ''}, and give its value to the input `keys` in the GitHub workflow."
        return Diagnostic(error.path, f"{path_text(error.path)}: `${{{{ }}}}` is not evaluated in this file.", fix)
    expected = "the name of a key"
    name = error.value.upper().replace("-", "_").strip("${}")
    if len(name) <= 30 and name.isascii() and name.replace("_", "").isalpha():  # a name in small letters, not a value
        expected = shown(name)
    fix = f"Write {expected}: capital letters, digits and `_`. If this is a key's value, remove it and revoke the key: git keeps it."
    return Diagnostic(error.path, f"{path_text(error.path)} is not the name of a key.", fix)
