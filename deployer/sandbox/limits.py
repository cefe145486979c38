"""Rate limits: fixed windows, counted in memory (a restart starts new windows)."""

import math
import time
from collections.abc import Mapping
from typing import NamedTuple

from deployer.sandbox.targets import Rate


class Budget(NamedTuple):
    """What is left after a call. `reset` is epoch seconds; `allowed` False: this call was one too many."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> Mapping[str, str]:
        """The published `X-RateLimit-*` headers, and `Retry-After` (seconds) for a call that is refused."""
        told = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(self.remaining), "X-RateLimit-Reset": str(self.reset)}
        return told if self.allowed else {**told, "Retry-After": str(max(1, self.reset - math.floor(time.time())))}


class Limits:
    """Who has used how much of which limit."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def spend(self, who: str, what: str, rate: Rate) -> Budget:
        """Count one call. A refused call does not count."""
        now = time.time()
        start, used = self._windows.get((who, what), (now, 0))
        if now >= start + rate.seconds:
            start, used = now, 0
        allowed = used < rate.calls
        self._windows[who, what] = (start, used + allowed)
        return Budget(rate.calls, max(0, rate.calls - used - allowed), math.ceil(start + rate.seconds), allowed)

    def clear(self) -> None:
        self._windows.clear()
