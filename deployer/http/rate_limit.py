"""A limit on requests in any window of time, however the server counts its windows. Safe to use from threads."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployer.http.clock import Clock

LOOK_INTERVAL_S = 1.0  # between looks at whether a slot is free
UNLIMITED = 0


class RateLimiter:
    """At most `limit` requests in any `seconds`; 0: no limit. A request holds a slot until `seconds` after its reply, since the server may
    count it at any moment up to the reply."""

    def __init__(self, limit: int, seconds: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._in_flight = 0
        self._free_at: deque[float] = deque()

    @contextmanager
    def slot(self, clock: Clock) -> Iterator[bool]:
        """Hold a slot, once one is free. Yields False, without one, when the clock leaves no time to wait for it."""
        if not self._limit:
            yield True
            return
        taken = self._wait(clock)
        try:
            yield taken
        finally:
            if taken:
                with self._lock:
                    self._in_flight -= 1
                    self._free_at.append(self._now() + self._seconds)

    def _wait(self, clock: Clock) -> bool:
        while True:
            wait = self._take()
            if not wait:
                return True
            if wait > clock.remaining or not clock.wait(min(wait, LOOK_INTERVAL_S)):
                return False

    def _take(self) -> float:
        """Take a slot and return 0, or return the seconds to wait before the next look."""
        with self._lock:
            now = self._now()
            while self._free_at and self._free_at[0] <= now:
                self._free_at.popleft()
            if self._in_flight + len(self._free_at) < self._limit:
                self._in_flight += 1
                return 0.0
            return max(0.001, self._free_at[0] - now) if self._free_at else 0.05
