"""What a reply means: bytes and headers in, a usable `Reply` or a `FailedReply` out. Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from deployer.http.retry import Kind
from deployer.http.server_text import plain, without_secret_parts
from deployer.http.service import Service

_MAX_ERROR_CHARS = 300  # of a service's own error text, with its details


class Reply(NamedTuple):
    """A 2xx reply. `headers` by lower-case name; `body` is parsed JSON, None where an empty reply was allowed."""

    status: int
    headers: Mapping[str, str]
    body: Any


class FailedReply(NamedTuple):
    """Why one try failed. `message` is redacted; `status` is None without a reply."""

    kind: Kind
    code: str
    message: str
    status: int | None = None
    pause: float | None = None  # seconds that the reply asked for


class Expected(NamedTuple):
    """What a call accepts: `usable(body)`, and whether an empty reply is one too (where the API's page shows none)."""

    usable: Callable[[Any], bool] = lambda _: True
    may_be_empty: bool = False


ANYTHING: Final = Expected()


class _NotJson:
    """A body that is not JSON."""


_NOT_JSON: Final = _NotJson()


def classify(
    service: Service, status: int, headers: Mapping[str, str], content: bytes, expected: Expected, redact: Callable[[str], str]
) -> Reply | FailedReply:
    """2xx with usable JSON is a `Reply`; everything else is a `FailedReply`."""
    if 300 <= status < 400:
        return _redirect(status, headers, redact)
    if status < 300 and expected.may_be_empty and not content.strip():
        return Reply(status, headers, None)
    body = _parse(content)
    error = service.error(status, headers, body)
    if error:
        code, texts = error
        return _refusal(service, status, _code(code, status), plain(" ".join(_as_text(text) for text in texts if text), redact, _MAX_ERROR_CHARS))
    if status < 300 and body is not _NOT_JSON and expected.usable(body):
        return Reply(status, headers, body)
    text = plain(_text(body, content), redact)
    return _unusable(service, status, body, text) if status < 300 else _refusal(service, status, f"HTTP {status}", text)


def _unusable(service: Service, status: int, body: Any, text: str) -> FailedReply:
    """A 2xx reply without JSON, or without what the call expects."""
    if body is _NOT_JSON:
        return FailedReply("lost", "TORN_REPLY", f"{service.title} answered {status} without JSON: {text or 'an empty reply'}", status)
    return FailedReply("lost", "ODD_REPLY", f"{service.title} answered {status} without what this call gives back: {text}", status)


def _refusal(service: Service, status: int, code: str, text: str) -> FailedReply:
    """An error, which may come inside a 2xx reply too, with the service's text; without one, with the meaning of its code."""
    named = int(code[5:]) if code.startswith("HTTP ") else status
    kind = service.kinds.get(service.counts_as.get(code, named), "refused")
    return FailedReply(kind, code, text or service.explain(code, status)[0] or f"HTTP {status} without an explanation", status)


def _redirect(status: int, headers: Mapping[str, str], redact: Callable[[str], str]) -> FailedReply:
    target = plain(redact(without_secret_parts(redact(headers.get("location", "")))), redact) or "nowhere"
    return FailedReply("refused", "REDIRECT", f"HTTP {status}, a redirect to {target}, which was not followed", status)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _code(code: object, status: int) -> str:
    """The service's code as text; `HTTP 404` for a code that is only an HTTP status."""
    text = plain(str(code), max_chars=60)
    return f"HTTP {text}" if text == str(status) or (text.isdecimal() and 400 <= int(text) < 600) else text


def _text(body: Any, content: bytes) -> str:
    """The text to show from a body without a known error shape."""
    if isinstance(body, dict):
        for name in ("message", "msg", "error", "detail", "title"):
            if body.get(name):
                return _as_text(body[name])
    return content[:65536].decode("utf-8", "replace")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
