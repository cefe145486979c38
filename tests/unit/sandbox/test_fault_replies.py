"""The reply that a fault rule makes of the real one."""

from typing import Any

import pytest

from deployer.sandbox.fault_replies import CapturedReply, rewrite
from deployer.sandbox.fault_rules import read_fault_rules


def rewritten(action: dict[str, Any], path: str = "/v1/workflow/version/list") -> CapturedReply:
    reply = CapturedReply()
    reply.replace(200, {"code": 0})
    reply.headers.append((b"content-length", b"10"))
    rewrite(read_fault_rules([{"do": action}]).rules[0].action, reply, path)
    return reply


@pytest.mark.parametrize(
    ("action", "path", "status", "body"),
    [
        ({"delay": 1}, "/", 200, '{"code":0}'),
        ({"status": 503}, "/", 503, "503 Service Unavailable"),
        ({"status": 500}, "/", 500, '"code":50000'),
        ({"status": 418}, "/", 418, '"code":418'),
        ({"status": 429}, "/v1/workflows", 429, "RATE_LIMIT_EXCEEDED"),
        ({"status": 418}, "/v1/workflows/a", 418, "INVALID_INPUT"),
        ({"status": 599}, "/v1/webhooks/a", 599, "EXECUTION_FAILED"),
        ({"error": 40353}, "/", 200, '"code":40353'),
        ({"error": 40353, "status": 403}, "/", 403, '"code":40353'),
        ({"error": "INSUFFICIENT_CREDITS"}, "/", 402, "INSUFFICIENT_CREDITS"),
        ({"not_json": True}, "/", 200, "Please sign in"),
        ({"not_json": True, "body": "<b>x"}, "/", 200, "<b>x"),
        ({"body": {"a": 1}, "status": 418}, "/", 418, '{"a": 1}'),
    ],
)
def test_status_and_body(action: dict[str, Any], path: str, status: int, body: str) -> None:
    reply = rewritten(action, path)
    assert (reply.status, body in reply.body.decode()) == (status, True)
    html = reply.body.startswith(b"<")
    assert dict(reply.headers) == {
        b"content-type": b"text/html" if html else b"application/json",
        b"content-length": str(len(reply.body)).encode(),
    }


def test_headers_of_the_rule_replace_those_of_the_reply() -> None:
    reply = rewritten({"headers": {"Content-Type": "text/plain", "X-Tea": "green", "Content-Length": 3}})
    assert reply.headers == [(b"Content-Type", b"text/plain"), (b"X-Tea", b"green"), (b"Content-Length", b"3")]


@pytest.mark.parametrize("status", [204, 304])
def test_reply_without_content_has_no_length(status: int) -> None:
    reply = rewritten({"status": status})
    assert (reply.body, [name for name, _ in reply.headers]) == (b"", [b"content-type"])
