"""What tests ask a server of n8n for, past Flowship."""

from typing import Any

from n8n_files import workflow
from n8n_server import Server

WORKFLOWS = "/api/v1/workflows"


def rows(n8n: Server) -> list[dict[str, Any]]:
    status, body = n8n.call("GET", WORKFLOWS)
    assert status == 200, body
    return list(body["data"])


def only(n8n: Server) -> dict[str, Any]:
    """The one workflow of the server, as it shows it."""
    (row,) = rows(n8n)
    return dict(n8n.call("GET", f"{WORKFLOWS}/{row['id']}")[1])


def answer(n8n: Server, path: str = "greet") -> object:
    """What the live version's webhook answers."""
    status, body = n8n.call("POST", f"/webhook/{path}", {"to": "Kim"})
    return body if status == 200 else status


def edit(n8n: Server, says: str) -> None:
    """As a person does it, or another program: past Flowship."""
    existing = only(n8n)
    status, body = n8n.call("PUT", f"{WORKFLOWS}/{existing['id']}", {**workflow(says), "name": existing["name"]})
    assert status == 200, body
