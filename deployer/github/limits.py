"""What a reply of GitHub's API means for the next try: pure.

Sources: docs/contracts/github-actions.md, "Token" (limits, `retry-after`); GitHub answers 403 or 429 for both kinds of limit, with words or headers
that tell them from a missing permission.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

FIRST_PAUSE = 0.5  # seconds; doubles with each try
LONGEST_PAUSE = 8.0
SECONDARY_PAUSE = 60.0  # where a secondary limit does not say how long
_SAYS_LIMIT = ("rate limit", "abuse detection", "wait a few minutes", "retry your request again later")


class Verdict(NamedTuple):
    """`fine`; `limited`: nothing was done, later it will be; `broken`: no or no usable reply; `refused`: again would not help.

    `pause` is in seconds.
    """

    kind: Literal["fine", "limited", "broken", "refused"]
    pause: float = 0.0


def judge(status: int, headers: Mapping[str, str], message: str, attempt: int, jitter: Callable[[], float], now: float) -> Verdict:
    """`status` 0 is no reply; `attempt` counts from 1; `now` in epoch seconds; header names in lower case."""
    if 200 <= status < 300:
        return Verdict("fine")
    if _limited(status, headers, message):
        return Verdict("limited", _asked(headers, now) + jitter())
    if status == 0 or status >= 500:
        return Verdict("broken", jitter() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1)))
    return Verdict("refused")


def _limited(status: int, headers: Mapping[str, str], message: str) -> bool:
    if status == 429:
        return True
    said = any(words in message.lower() for words in _SAYS_LIMIT)
    return status == 403 and (said or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def _asked(headers: Mapping[str, str], now: float) -> float:
    seconds = _number(headers.get("retry-after", ""))
    if seconds is not None:
        return seconds
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(0.0, reset - now)
    return SECONDARY_PAUSE


def _number(text: str) -> float | None:
    text = text.strip()[:12]
    return float(text) if text.isascii() and text.isdecimal() else None
