"""Rate limits: fixed windows, counted in memory (a restart starts new windows)."""

import math
import time
from typing import NamedTuple


class RateLimit(NamedTuple):
    """At most `calls` in any fixed window of `seconds`."""

    calls: int
    seconds: float


class RateStatus(NamedTuple):
    """What is left after a call. `reset` is epoch seconds; `allowed` False: this call was one too many."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """The published `X-RateLimit-*` headers, and `Retry-After` (seconds) for a call that is refused."""
        headers = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.remaining), "X-RateLimit-Reset": str(self.reset)}
        return headers if self.allowed else {**headers, "Retry-After": str(max(1, self.reset - math.floor(time.time())))}


class RateWindows:
    """The windows that are open: by caller and kind of call, when each began and how many calls it has had."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def count_call(self, caller: str, kind: str, limit: RateLimit) -> RateStatus:
        """Count one call. A refused call does not count."""
        now = time.time()
        start, used = self._windows.get((caller, kind), (now, 0))
        if now >= start + limit.seconds:
            start, used = now, 0
        allowed = used < limit.calls
        self._windows[caller, kind] = (start, used + allowed)
        return RateStatus(limit.calls, max(0, limit.calls - used - allowed), math.ceil(start + limit.seconds), allowed)

    def clear(self) -> None:
        self._windows.clear()
