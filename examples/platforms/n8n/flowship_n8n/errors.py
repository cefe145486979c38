"""What n8n's public API answers when it refuses a call: an HTTP status and `{"message": text}`, no codes of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from deployer.platforms.api import ErrorInfo, Service, look_up

GONE = "NOT_FOUND"
ERRORS: Mapping[str, ErrorInfo] = {
    "HTTP 400": ErrorInfo("refused", "n8n refuses the workflow, or cannot make it live.", "Read its message: it names the field or the node."),
    "HTTP 401": ErrorInfo("API key unknown", "The API key is not known, or has expired.", "Make a new one in n8n (Settings, n8n API) and store it."),
    "HTTP 403": ErrorInfo("not allowed", "The API key lacks a scope that this call needs.", "Give it the scopes that docs/n8n.md lists."),
    GONE: ErrorInfo("no such workflow", "No workflow that this API key may see has the id.", "Check `id` in the manifest, and who owns the API key."),
    "HTTP 404": ErrorInfo("no such call", "Nothing is at that address.", "Check the address of n8n in `base-urls`: it is the one of its editor."),
    "HTTP 409": ErrorInfo("conflict", "Another live workflow has the path of a webhook of this one.", "Give the webhook another path."),
    "HTTP 429": ErrorInfo("too many requests", "A limit was reached, of n8n or of a proxy before it.", "Deploy fewer workflows at once (`only`)."),
    "HTTP 500": ErrorInfo("server error", "Something failed inside n8n.", "Run it again: Flowship looks first, and sends only what is missing."),
}


def _error(status: int, _headers: Mapping[str, str], body: Any) -> tuple[object, Sequence[object]] | None:
    """404 is a workflow that is not there, or not for this key, in several words; but `not found` an address that is not there, and with `code` a
    webhook."""
    if status < 400 or not isinstance(body, dict):
        return None
    message = body.get("message")
    is_gone = status == 404 and "code" not in body and message != "not found"
    return (GONE if is_gone else status), (message, body.get("hint"))


SERVICE = Service("n8n", "n8n", _error, lambda code, status: look_up(ERRORS, code, status)[1:], {GONE: 404})
