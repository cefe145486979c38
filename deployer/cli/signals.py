"""SIGINT and SIGTERM, from the first line of a process to its last."""

from __future__ import annotations

import os
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # its functions and numbers: `signal` makes enumerations of them, and each start would wait for that

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LAST_SECONDS = 4.5  # that a run has after its first signal; it ends within 5, and is killed after 10 (docs/contracts/github-actions.md, "Cancelling")


class StopSignals:
    """Takes SIGINT and SIGTERM from when it is made, however many come: none ends the process by itself, and none is lost.

    (Process 1, as in the container, has no default handlers.)
    """

    def __init__(self) -> None:
        self._number = 0
        self._action: Callable[[], object] | None = None
        for number in SIGNALS:
            signal.signal(number, self._receive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # entrypoint.py lets them wait until here

    def call(self, action: Callable[[], object]) -> None:
        """Call `action` at each signal from now on, and now where one has come. It must not take a lock that this thread may hold."""
        self._action = action
        if self._number:
            action()

    def exit_at_once(self) -> None:
        """End the process at the first signal: for a command that leaves nothing to record. The exit code is a shell's, 128 and the signal."""
        self.call(lambda: os._exit(128 + self._number))

    def _receive(self, number: int, _frame: object) -> None:
        self._number = number
        if self._action:
            self._action()


class Overdue(BaseException):
    """A run that was stopped still waits for a reply. No Exception: nothing on the way may take it for a failure of that reply."""


class StopDeadline:
    """Ends whatever the main thread waits for, `LAST_SECONDS` after the first stop: a call to GitHub may take longer than the runner waits."""

    def __init__(self) -> None:
        self._armed = False
        self._over = False

    def arm(self) -> None:
        """Begin to count, at the first call. From the main thread, or a signal handler."""
        if not (self._armed or self._over):
            self._armed = True
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)

    def lift(self) -> None:
        """The run is over: from here on nothing is interrupted."""
        self._over = True
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, _number: int, _frame: object) -> None:
        if not self._over:
            raise Overdue
