"""The time that a run has, and the one function that waits: a stop ends every wait."""

import threading
import time
from contextlib import suppress


class Clock:
    """Counts down from `seconds`. `stop()` (a signal handler calls it) ends every wait at once, in every thread."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._stopped = False
        self._gate = threading.Lock()  # shut until the run is stopped: to wait is to try to pass it
        self._gate.acquire()

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when none are."""
        return max(0.0, self._end - time.monotonic())

    @property
    def stopped(self) -> bool:
        return self._stopped

    def add(self, seconds: float) -> None:
        """Give back time that was none of the run's own: a person thought about a question."""
        self._end += seconds

    def stop(self) -> None:
        """May interrupt any line of this thread, `wait` included, and itself: it takes no lock. (`threading.Event.set` takes one.)"""
        self._stopped = True
        self._open_gate()

    def wait(self, seconds: float) -> bool:
        """Wait that long. False, without (further) waiting, when the time left does not cover it or the run was stopped."""
        if self.stopped or seconds > self.remaining:
            return False
        if not self._gate.acquire(timeout=max(0.0, seconds)):
            return True
        self._open_gate()  # for the next one
        return False

    def _open_gate(self) -> None:
        with suppress(RuntimeError):  # it is open
            self._gate.release()
