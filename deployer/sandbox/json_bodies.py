"""JSON bodies: what a client sent, replies, and errors as each platform sends them.

A GPTBots code of which no page names the HTTP status comes with 200, unless a target's `error_status` names another (docs/contracts/gptbots.md,
"Errors"). meinGPT's page names no status at all: all of its statuses are our reading.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

GPTBOTS: dict[int, tuple[int, str]] = {
    40000: (200, "Bad parameter"),
    40008: (429, "Too many requests"),
    40127: (401, "Authentication failed"),
    40348: (200, "Workflow does not exist"),
    40353: (200, "Published count exceeds the plan limit"),
    50000: (500, "Server error"),
    403200: (200, "Not in test mode"),
    403201: (200, "The file type does not match the target type"),
    403202: (200, "The imported file could not be parsed"),
    403203: (200, "The version does not exist"),
    403204: (200, "The API key type does not match the API"),
    403: (403, "The API key has no version management permission"),
    404: (404, "No such call"),
    405: (405, "No such method for this call"),
}
MEINGPT: dict[str, tuple[int, str]] = {
    "UNAUTHORIZED": (401, "Invalid or missing API token"),
    "WORKFLOW_NOT_FOUND": (404, "The requested workflow does not exist"),
    "INVALID_INPUT": (400, "Request body validation failed"),
    "EXECUTION_FAILED": (500, "The workflow execution failed"),
    "RATE_LIMIT_EXCEEDED": (429, "Too many requests"),
    "INSUFFICIENT_CREDITS": (402, "Not enough credits"),
}
_GPTBOTS_BY_STATUS = {400: 40000, 401: 40127, 429: 40008, 500: 50000}
_MEINGPT_BY_STATUS = {status: code for code, (status, _) in MEINGPT.items()}


class RefusedError(Exception):
    """A call that is answered with one of the documented errors. `code` is an int (GPTBots) or a word (meinGPT)."""

    def __init__(
        self, code: int | str, detail: str = "", *, details: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.details = dict(details or {})
        self.headers = dict(headers or {})


async def read_json_object(request: Request, code: int | str) -> dict[str, Any]:
    """The JSON object in the body. Raises RefusedError with that code."""
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise RefusedError(code, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise RefusedError(code, "the body must be a JSON object")
    return value


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return Response(body, status, dict(headers or {}), "application/json")


def gptbots_error(code: int, detail: str = "", text_field: str = "msg") -> dict[str, Any]:
    text = GPTBOTS.get(code, (0, "Error"))[1]
    return {"code": code, text_field: f"{text}: {detail}" if detail else text}


def meingpt_error(code: str, detail: str = "", details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    text = MEINGPT.get(code, (0, "Error"))[1]
    return {"error": {"code": code, "message": f"{text}: {detail}" if detail else text, "details": dict(details or {})}}


def is_meingpt(path: str) -> bool:
    """Does the path belong to meinGPT? Every other path is answered as GPTBots would."""
    return path.startswith(("/v1/workflows", "/v1/webhooks"))


def status_error(path: str, status: int) -> dict[str, Any]:
    """The body for an HTTP status that is no platform's answer: a fault rule's, an unknown path's, or that of a bug in the sandbox."""
    if is_meingpt(path):
        return meingpt_error(_MEINGPT_BY_STATUS.get(status, "INVALID_INPUT" if status < 500 else "EXECUTION_FAILED"))
    return gptbots_error(_GPTBOTS_BY_STATUS.get(status, status))
