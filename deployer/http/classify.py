"""What a reply means: usable, or a failure of some kind. Pure: bytes and headers in, a `Reply` or a `Failure` out."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from deployer.http.retry import Kind
from deployer.http.service import Service
from deployer.http.text import address, plain

_LONGEST = 300  # characters of a service's own error text, with its details


class Reply(NamedTuple):
    """A 2xx reply. `headers` by lower-case name; `body` is parsed JSON, None where an empty reply was allowed."""

    status: int
    headers: Mapping[str, str]
    body: Any


class FailedReply(NamedTuple):
    """What went wrong with one try. `message` is redacted; `status` is None where there was no reply."""

    kind: Kind
    code: str
    message: str
    status: int | None = None
    pause: float | None = None  # seconds that the reply asked for


class Expected(NamedTuple):
    """What a call takes for a good reply: `usable(body)`, and whether none at all is one too (where the page shows no reply)."""

    usable: Callable[[Any], bool] = lambda _: True
    may_be_empty: bool = False


ANYTHING: Final = Expected()


class _NotJson:
    """A body that is not JSON."""


_NOT_JSON: Final = _NotJson()


def judge(
    service: Service, status: int, headers: Mapping[str, str], content: bytes, expected: Expected, redact: Callable[[str], str]
) -> Reply | FailedReply:
    """2xx and usable JSON is a `Reply`; everything else is a `Failure`."""
    if 300 <= status < 400:
        return _redirect(status, headers, redact)
    if status < 300 and expected.may_be_empty and not content.strip():
        return Reply(status, headers, None)
    body = _parse(content)
    error = service.error(status, headers, body)
    if error:
        code, texts = error
        return _refusal(service, status, _code(code, status), plain(" ".join(_as_text(text) for text in texts if text), redact, _LONGEST))
    if status < 300 and body is not _NOT_JSON and expected.usable(body):
        return Reply(status, headers, body)
    words = plain(_text(body, content), redact)
    return _unusable(service, status, body, words) if status < 300 else _refusal(service, status, f"HTTP {status}", words)


def _unusable(service: Service, status: int, body: Any, words: str) -> FailedReply:
    """A 2xx reply that nothing can be made of."""
    if body is _NOT_JSON:
        return FailedReply("silent", "TORN_REPLY", f"{service.title} answered {status} without JSON: {words or 'an empty reply'}", status)
    return FailedReply("odd", "ODD_REPLY", f"{service.title} answered {status} without what this call gives back: {words}", status)


def _refusal(service: Service, status: int, code: str, words: str) -> FailedReply:
    """An error, which may come inside a 2xx reply too. The service's words; the meaning of the code where it sent none."""
    kind = service.kinds.get(status) or ("limited" if code in service.limited else "refused")
    return FailedReply(kind, code, words or service.explain(code, status)[0] or f"HTTP {status} without a word of explanation", status)


def _redirect(status: int, headers: Mapping[str, str], redact: Callable[[str], str]) -> FailedReply:
    where = plain(redact(address(redact(headers.get("location", "")))), redact) or "nowhere"
    return FailedReply("refused", "REDIRECT", f"HTTP {status}, a redirect to {where}, which was not followed", status)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _code(code: object, status: int) -> str:
    """The service's code as text. A code that is but an HTTP status is read as that status."""
    text = plain(str(code), longest=60)
    return f"HTTP {text}" if text == str(status) or (text.isdecimal() and 400 <= int(text) < 600) else text


def _text(body: Any, content: bytes) -> str:
    """The text to show from a body without a known error shape."""
    if isinstance(body, dict):
        for name in ("message", "msg", "error", "detail", "title"):
            if body.get(name):
                return _as_text(body[name])
    return _decode(content)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _decode(content: bytes) -> str:
    return content[:65536].decode("utf-8", "replace")
