"""The retry table of a call, as data: what happened → what a call that may be repeated does, and any other.

One table for all platforms; a `Service` may have rows of its own. `Http.send` is its only reader; the docs and the tests read it too.
"""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

Kind = Literal["unconnected", "limited", "gateway", "silent", "odd", "refused"]

TRIES = 5
FIRST_PAUSE = 0.5  # seconds; doubles with each try
LONGEST_PAUSE = 8.0


class RetryRule(NamedTuple):
    """`again`: try again, while tries and time last. `patience`: how long (seconds) to look for an effect that may be there
    afterwards, None when it is certain that there is none. `settled`: absence after that time proves it."""

    again: bool = False
    probe_seconds: float | None = None
    absence_is_proof: bool = False


class RetryRow(NamedTuple):
    happened: str
    repeatable: RetryRule
    otherwise: RetryRule

    def rule(self, *, repeatable: bool) -> RetryRule:
        return self.repeatable if repeatable else self.otherwise


RETRY: dict[Kind, RetryRow] = {
    "unconnected": RetryRow("could not connect", RetryRule(again=True), RetryRule(again=True)),
    "limited": RetryRow("429, or a code that says the same", RetryRule(again=True), RetryRule(again=True)),
    "gateway": RetryRow(
        "502, 503", RetryRule(again=True, probe_seconds=30, absence_is_proof=True), RetryRule(probe_seconds=30, absence_is_proof=True)
    ),
    "silent": RetryRow("504, time-out or reset after sending, torn reply", RetryRule(again=True, probe_seconds=60), RetryRule(probe_seconds=60)),
    "odd": RetryRow("2xx and JSON, but not what this call gives back", RetryRule(), RetryRule(probe_seconds=60)),
    "refused": RetryRow("any other error", RetryRule(), RetryRule()),
}

# 520, 522 and 524 are a well-known content network's words for 502 to 504 seen from outside: what became of the request
# is as unknown as after 504. Our choice: no platform page names them.
STATUS: dict[int, Kind] = {429: "limited", 502: "gateway", 503: "gateway", 504: "silent", 520: "silent", 522: "silent", 524: "silent"}


def back_off(attempt: int, jitter: Callable[[], float]) -> float:
    """Seconds before the try after `attempt` (from 1): exponential, with full jitter."""
    return jitter() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))


def asked_pause(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a reply asks to wait by `Retry-After`, in seconds or as an HTTP date; None when it does not say.

    Header names in lower case; `now` in epoch seconds. Dates are read against the server's own `Date`, so that a wrong clock here does no harm.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal() and asked.isascii():
        return float(asked[:9])
    date = _date(asked)
    return None if date is None else max(0.0, date - server_time(headers, now))


def limit_pause(headers: Mapping[str, str], now: float) -> float | None:
    """The same for a 429, where `X-RateLimit-Reset` counts too: every meinGPT reply carries one, so only once nothing is left."""
    asked = asked_pause(headers, now)
    if asked is not None or headers.get("x-ratelimit-remaining", "0").strip() != "0":
        return asked
    reset = reset_time(headers, now)
    return None if reset is None else max(0.0, reset - now)


def reset_time(headers: Mapping[str, str], now: float) -> float | None:
    """`X-RateLimit-Reset` (epoch seconds, docs/contracts/meingpt.md, "Rate limits") on our clock; None when absent or unreadable.

    Values too small to be a date are read as seconds from now, as other services mean them.
    """
    text = headers.get("x-ratelimit-reset", "").strip()
    try:
        value = float(text[:20])
    except ValueError:
        return None
    if not 0 <= value < 1e11:
        return None
    return now + (value if value < 1e9 else value - server_time(headers, now))


def server_time(headers: Mapping[str, str], now: float) -> float:
    """Epoch seconds by the reply's `Date`, `now` without one."""
    date = _date(headers.get("date", ""))
    return now if date is None else date


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
