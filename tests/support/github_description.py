"""GitHub's own description of its REST API (OpenAPI 3.0, npm `@octokit/openapi`), and requests held to it: paths, queries, bodies.

The stand-in asks here where the variable FLOWSHIP_OPENAPI names the description's file. Where GitHub lets anything be added to a body,
we do not: what it does not know is a mistake of ours.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

WITH_SLASHES = ("{path}", "{ref}", "{basehead}", "{tag}")
DEEPEST = 12  # of references in references


class Description:
    """One file. Operations are read when they are first asked for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._paths = sorted(document["paths"], key=lambda path: (path.count("{"), path))

    def complaints(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """What is wrong with a request, in words; [] when nothing is."""
        template = self._template(path, method)
        if template is None:
            return [f"{method} {path}: GitHub knows no such call"]
        operation = self._operation(template, method)
        return [f"{method} {template}: {said}" for said in (*_query(operation, query), *_body(operation, body))]

    def _template(self, path: str, method: str) -> str | None:
        """The first that fits; where none does, a file's path or a ref may hold slashes."""
        for several in (False, True):
            for template in self._paths:
                known = method.lower() in self._document["paths"][template] and (not several or template.endswith(WITH_SLASHES))
                if known and _pattern(template, several).fullmatch(path):
                    return str(template)
        return None

    @functools.cache  # noqa: B019 - one object for a whole process
    def _operation(self, template: str, method: str) -> dict[str, Any]:
        shared = self._document["paths"][template].get("parameters", [])
        operation = self._document["paths"][template][method.lower()]
        parameters = [self._whole(each) for each in (*shared, *operation.get("parameters", []))]
        content = self._whole(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return {
            "queries": {each["name"]: each["schema"] for each in parameters if each["in"] == "query"},
            "required": [each["name"] for each in parameters if each["in"] == "query" and each.get("required")],
            "fields": set(schema.get("properties", {})) if schema else None,
            "validator": jsonschema_rs.Draft7Validator(schema) if schema else None,
        }

    def _whole(self, value: Any, depth: int = 0) -> Any:
        """With references filled in, and OpenAPI's `nullable` as JSON Schema says it."""
        if isinstance(value, list):
            return [self._whole(each, depth) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            if depth > DEEPEST:
                return {}
            found: Any = self._document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/")]
            return self._whole(found, depth + 1)
        filled = {name: self._whole(each, depth) for name, each in value.items() if name not in ("example", "examples", "nullable")}
        if value.get("nullable") and isinstance(filled.get("type"), str):
            filled["type"] = [filled["type"], "null"]
        return filled


@functools.cache
def _pattern(template: str, several: bool) -> re.Pattern[str]:
    """`several`: the last parameter may hold slashes."""
    *parts, last = re.split(r"\{[^}]+\}", template)
    if not parts:
        return re.compile(re.escape(last))
    between = [re.escape(part) for part in (*parts, last)]
    kinds = ["[^/]+"] * (len(parts) - 1) + [".+" if several else "[^/]+"]
    if several and template.endswith("/contents/{path}"):
        kinds[-1] = ".*"  # without a path it is the top folder, as the call's page says
    return re.compile("".join(f"{text}{kind}" for text, kind in zip(between, kinds)) + between[-1])


def _query(operation: Mapping[str, Any], query: Mapping[str, str]) -> Iterator[str]:
    for name in operation["required"]:
        if name not in query:
            yield f"the query lacks `{name}`"
    for name, value in query.items():
        schema = operation["queries"].get(name)
        if schema is None:
            yield f"the query `{name}` is not known"
        elif schema.get("type") == "integer" and not value.lstrip("-").isdigit():
            yield f"the query `{name}` is no whole number: {value}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"the query `{name}` is {value}, and takes {', '.join(schema['enum'])}"


def _body(operation: Mapping[str, Any], body: Any) -> Iterator[str]:
    if operation["validator"] is None:
        if body not in (None, {}):
            yield "there is a body, and it takes none"
        return
    for error in operation["validator"].iter_errors(body):
        yield f"body {'/'.join(str(part) for part in error.instance_path)}: {error.message}"
    for name in sorted(set(body) - operation["fields"]) if isinstance(body, dict) else ():
        yield f"the body's `{name}` is not known"


@functools.cache
def read(path: str) -> Description:
    return Description(json.loads(Path(path).read_text(encoding="utf-8")))
