"""SIGINT and SIGTERM, from the first line of a process to its last."""

import os
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
