"""The judge of requests to GitHub, on a small description; and on GitHub's own, where that is installed (`make e2e`)."""

import os
from typing import Any

import pytest
from github_description import Description, read

OWN = os.environ.get("FLOWSHIP_OPENAPI", "")
SMALL: dict[str, Any] = {
    "paths": {
        "/repos/{owner}/{repo}/contents/{path}": {
            "get": {"parameters": [{"in": "query", "name": "ref", "schema": {"type": "string"}}, {"$ref": "#/components/parameters/size"}]}
        },
        "/repos/{owner}/{repo}/notes": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/note"}}}},
                "parameters": [{"in": "path", "name": "owner"}],
            }
        },
    },
    "components": {
        "parameters": {"size": {"in": "query", "name": "per_page", "schema": {"type": "integer"}}},
        "schemas": {
            "note": {
                "type": "object",
                "properties": {"text": {"type": "string"}, "colour": {"type": "string", "enum": ["red"], "nullable": True}},
                "required": ["text"],
            }
        },
    },
}


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "said"),
    [
        ("GET", "/repos/a/b/contents/flows/deep/a.flow", {"ref": "main"}, None, ""),
        ("GET", "/repos/a/b/contents/a", {"per_page": "x"}, None, "no whole number"),
        ("GET", "/repos/a/b/contents/a", {"page": "1"}, None, "`page` is not known"),
        ("GET", "/repos/a/b/contents/a", {}, {"a": 1}, "takes none"),
        ("GET", "/repos/a/b/secrets", {}, None, "no such call"),
        ("DELETE", "/repos/a/b/notes", {}, None, "no such call"),
        ("POST", "/repos/a/b/notes", {}, {"text": "x"}, ""),
        ("POST", "/repos/a/b/notes", {}, {"text": 1}, "1 is not of type"),
        ("POST", "/repos/a/b/notes", {}, {}, '"text" is a required property'),
        ("POST", "/repos/a/b/notes", {}, {"text": "x", "more": 1}, "`more` is not known"),
        ("POST", "/repos/a/b/notes", {}, {"text": "x", "colour": "blue"}, "blue"),
    ],
)
def test_complaints(method: str, path: str, query: dict[str, str], body: Any, said: str) -> None:
    found = Description(SMALL).complaints(method, path, query, body)
    assert (said in "; ".join(found)) if said else found == []


@pytest.mark.skipif(not OWN, reason="GitHub's description is there in `make e2e`")
def test_githubs_own_description_knows_what_is_wrong() -> None:
    whole = read(OWN)
    here = "/repos/acme/flows"
    assert whole.complaints("POST", f"{here}/issues/12/comments", {}, {"body": "x"}) == []
    assert whole.complaints("POST", f"{here}/issues/12/comments", {}, {"text": "x"})
    assert whole.complaints("POST", f"{here}/deployments", {}, {"environment": "e"})
    assert whole.complaints("POST", f"{here}/deployments/7/statuses", {}, {"state": "done"})
    assert whole.complaints("POST", f"{here}/check-runs", {}, {"name": "x", "head_sha": "c", "status": "completed", "conclusion": "green"})
    assert whole.complaints("GET", f"{here}/deployments", {"env": "x"}, None)
