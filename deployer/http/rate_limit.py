"""A pace that a platform's limit sets: at most so many requests in any window, whoever counts where. Safe to use from threads."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deployer.http.clock import Clock

LONGEST_WAIT = 1.0  # seconds between looks at whether a place has become free
UNPACED = 0


class RateLimiter:
    """At most `most` in any `seconds`. A place is taken from before a request until so long after its reply: the server may have counted
    it at any moment in between. `most` 0: no pace at all."""

    def __init__(self, most: int, seconds: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._in_flight = 0
        self._free_at: deque[float] = deque()

    @contextmanager
    def place(self, clock: Clock) -> Iterator[bool]:
        """A place, once there is one. False, and none is taken, when the clock leaves no time to wait for it."""
        if not self._most:
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
            if wait > clock.remaining or not clock.wait(min(wait, LONGEST_WAIT)):
                return False

    def _take(self) -> float:
        """Takes a place and gives 0, or tells how long to wait before looking again."""
        with self._lock:
            now = self._now()
            while self._free_at and self._free_at[0] <= now:
                self._free_at.popleft()
            if self._in_flight + len(self._free_at) < self._most:
                self._in_flight += 1
                return 0.0
            return max(0.001, self._free_at[0] - now) if self._free_at else 0.05
