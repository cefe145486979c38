"""The retry table, as data: what happened → what a call that may be repeated does, and what any other does.

One table for all platforms; a `Service` may have rows of its own. `Http.send` applies it; the docs are generated from it.
"""

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

Kind = Literal["unconnected", "limited", "server_error", "lost", "refused"]

MAX_TRIES = 5
FIRST_PAUSE_SECONDS = 0.5  # doubles with each try
MAX_PAUSE_SECONDS = 8.0


class RetryRule(NamedTuple):
    """`retry`: try again, while tries and time last. `probe_seconds`: how long to look for an effect that there may be, None when
    there is certainly none. `absence_is_proof`: no effect after that time proves that there was none."""

    retry: bool = False
    probe_seconds: float | None = None
    absence_is_proof: bool = False


class RetryRow(NamedTuple):
    """One row: what happened, and the rules for a call that may be repeated, and for any other."""

    happened: str
    repeatable: RetryRule
    otherwise: RetryRule

    def rule(self, *, repeatable: bool) -> RetryRule:
        return self.repeatable if repeatable else self.otherwise


RETRY: dict[Kind, RetryRow] = {
    "unconnected": RetryRow("could not connect", RetryRule(retry=True), RetryRule(retry=True)),
    "limited": RetryRow("429, or a code that says the same", RetryRule(retry=True), RetryRule(retry=True)),
    "server_error": RetryRow(
        "500, 503, or a code that says the same: it may have taken effect",
        RetryRule(retry=True, probe_seconds=30, absence_is_proof=True),
        RetryRule(probe_seconds=30, absence_is_proof=True),
    ),
    "lost": RetryRow(
        "502, 504 or another 5xx, time-out or reset after sending, torn reply, 2xx without what this call gives back",
        RetryRule(retry=True, probe_seconds=60),
        RetryRule(probe_seconds=60),
    ),
    "refused": RetryRow("any other error", RetryRule(), RetryRule()),
}

# What became of the request is as unknown after any other 5xx as after 504 (docs/contracts/gptbots.md, "Known silences").
STATUS: dict[int, Kind] = {429: "limited", **dict.fromkeys(range(500, 600), "lost"), 500: "server_error", 503: "server_error"}


def back_off(attempt: int, jitter: Callable[[], float]) -> float:
    """Seconds before the try after `attempt` (from 1): exponential, with full jitter."""
    return jitter() * min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))


def asked_pause(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a reply asks to wait by `Retry-After`, in seconds or as an HTTP date; None without it.

    Header names in lower case; `now` in epoch seconds. Dates are read against the server's own `Date`, so that a wrong clock here does no harm.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal() and asked.isascii():
        return float(asked[:9])
    date = _date(asked)
    return None if date is None else max(0.0, date - server_time(headers, now))


def limit_pause(headers: Mapping[str, str], now: float) -> float | None:
    """The same for a 429, where `X-RateLimit-Reset` counts too. Some platforms send it with every reply, so only once nothing is left."""
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
