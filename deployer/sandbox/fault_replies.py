"""The reply of a request that a fault rule acts on: the real one, rewritten as the rule asks."""

from typing import Any

from starlette.types import Message

from deployer.sandbox.fault_rules import FaultAction
from deployer.sandbox.json_bodies import GPTBOTS, MEINGPT, gptbots_error, json_reply, meingpt_error, status_error

_PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_GATEWAY_TITLES = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}


class CapturedReply:
    """A reply caught on its way out; an empty one for a request without effect."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def capture(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")

    def replace(self, status: int, body: str | dict[str, Any]) -> None:
        """Another status and body, with the content type of that body."""
        text = body if isinstance(body, str) else bytes(json_reply(body).body).decode()
        content_type = b"text/html" if text.startswith("<") else b"application/json"
        self.status, self.body = status, text.encode()
        self.headers = [(name, value) for name, value in self.headers if name != b"content-type"] + [(b"content-type", content_type)]


def rewrite(action: FaultAction, reply: CapturedReply, path: str) -> None:
    """Turn the reply to a request for that path into what the rule asks for: status, body, headers."""
    _choose_body(action, reply, path)
    added = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in action.headers]
    replaced = {name.lower() for name, _ in added} | {b"content-length"}
    reply.headers = [(name, value) for name, value in reply.headers if name.lower() not in replaced] + added
    if reply.status in (204, 304):
        reply.body = b""
    elif all(name.lower() != b"content-length" for name, _ in added):
        reply.headers.append((b"content-length", str(len(reply.body)).encode()))


def _choose_body(action: FaultAction, reply: CapturedReply, path: str) -> None:
    if action.error != "":
        status, body = _documented_error(action.error)
        reply.replace(action.status or status, body)
    elif action.status in _GATEWAY_TITLES:
        reply.replace(action.status, _PAGE.format(_GATEWAY_TITLES[action.status]))
    elif action.status is not None:
        reply.replace(action.status, status_error(path, action.status))
    if action.not_json:
        reply.replace(reply.status, _PAGE.format("Please sign in"))
    if action.body is not None:
        reply.replace(reply.status, action.body)


def _documented_error(error: int | str) -> tuple[int, dict[str, Any]]:
    if isinstance(error, int):
        return GPTBOTS[error][0], gptbots_error(error)
    return MEINGPT[error][0], meingpt_error(error)
