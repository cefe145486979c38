"""The time that a run has, and the one function that waits: a stop ends every wait."""

import threading
import time


class Clock:
    """Counts down from `seconds`. `stop()` (a signal handler calls it) ends every wait at once, in every thread."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._stop = threading.Event()

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when none are."""
        return max(0.0, self._end - time.monotonic())

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait that long. False, without (further) waiting, when the time left does not cover it or the run was stopped."""
        if self.stopped or seconds > self.remaining:
            return False
        return not self._stop.wait(seconds)
