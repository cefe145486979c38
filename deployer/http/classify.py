"""What a reply means: usable, or a failure of some kind. Pure: bytes and headers in, a `Reply` or a `Failure` out.

GPTBots errors are `{"code": int, "msg" | "message": text}` under any HTTP status (docs/contracts/gptbots.md, "Errors"). meinGPT's are
`{"error": {"code", "message", "details"}}` (published page) or `{"status": "error", "message"}` (its other pages).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from deployer.http import error_codes
from deployer.http.retry import STATUS, Kind
from deployer.http.text import address, plain

_LONGEST = 300  # characters of a platform's own error text, with meinGPT's `details`
_RESULTS = ("id", "execution_id", "workflow", "workflows")  # what only a good meinGPT reply holds


class Reply(NamedTuple):
    """A 2xx reply. `headers` by lower-case name; `body` is parsed JSON, None where an empty reply was allowed."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Failure(NamedTuple):
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


class _NotJson:
    """A body that is not JSON."""


_NOT_JSON: Final = _NotJson()


def judge(
    platform: str, status: int, headers: Mapping[str, str], content: bytes, expected: Expected, redact: Callable[[str], str]
) -> Reply | Failure:
    """2xx and usable JSON is a `Reply`; everything else is a `Failure`."""
    if status < 400:
        return _redirect(status, headers, redact) if status >= 300 else _good(platform, status, headers, content, expected, redact)
    body = _parse(content)
    code, text = _error(platform, status, body) or (f"HTTP {status}", plain(_text(body, content), redact))
    kind = STATUS.get(status) or ("limited" if code in error_codes.LIMITED else "refused")
    return Failure(kind, code, _message(platform, code, status, text, redact), status)


def _good(
    platform: str, status: int, headers: Mapping[str, str], content: bytes, expected: Expected, redact: Callable[[str], str]
) -> Reply | Failure:
    if expected.may_be_empty and not content.strip():
        return Reply(status, headers, None)
    body = _parse(content)
    who = error_codes.title(platform)
    if body is _NOT_JSON:
        words = plain(_decode(content), redact)
        return Failure("silent", "TORN_REPLY", f"{who} answered {status} without JSON: {words or 'an empty reply'}", status)
    refused = _refusal(platform, status, body)
    if refused:
        code, text = refused
        return Failure("limited" if code in error_codes.LIMITED else "refused", code, _message(platform, code, status, text, redact), status)
    if not expected.usable(body):
        words = plain(_text(body, content), redact)
        return Failure("odd", "ODD_REPLY", f"{who} answered {status} without what this call gives back: {words}", status)
    return Reply(status, headers, body)


def _redirect(status: int, headers: Mapping[str, str], redact: Callable[[str], str]) -> Failure:
    where = plain(redact(address(redact(headers.get("location", "")))), redact) or "nowhere"
    return Failure("refused", "REDIRECT", f"HTTP {status}, a redirect to {where}, which was not followed", status)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _refusal(platform: str, status: int, body: Any) -> tuple[str, str] | None:
    """An error inside a 2xx reply. A finished meinGPT run may well have an `error` field: that is a result."""
    if not isinstance(body, dict) or (platform == "meingpt" and any(name in body for name in _RESULTS)):
        return None
    return _error(platform, status, body)


def _error(platform: str, status: int, body: Any) -> tuple[str, str] | None:
    """Code and text of an error body; None when it is no such body."""
    if not isinstance(body, dict):
        return None
    if platform == "gptbots":
        code = body.get("code")
        text = body.get("msg") or body.get("message") or ""
        return (_code(code, status), _as_text(text)) if _says_error(code) else None
    error = body.get("error")
    if isinstance(error, dict):
        texts = (_as_text(each) for each in (error.get("message"), error.get("details")) if each)
        return _code(error.get("code") or status, status), " ".join(texts)
    if body.get("status") == "error":
        return f"HTTP {status}", _as_text(body.get("message") or "")
    return None


def _says_error(code: object) -> bool:
    return code is not None and not isinstance(code, bool) and str(code).strip() not in ("", "0")


def _code(code: object, status: int) -> str:
    """The platform's code as text. A code that is but an HTTP status is read as that status."""
    text = plain(str(code), longest=60)
    return f"HTTP {text}" if text == str(status) or (text.isdecimal() and 400 <= int(text) < 600) else text


def _message(platform: str, code: str, status: int, text: str, redact: Callable[[str], str]) -> str:
    """The server's words; the meaning of the code where it sent none."""
    words = plain(text, redact, _LONGEST)
    return words or error_codes.look_up(platform, code, status).meaning or f"HTTP {status} without a word of explanation"


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
