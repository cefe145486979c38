"""Bounded concurrency that can be abandoned: workers are daemon threads, so a stopped run never waits for a slow reply."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Generic, TypeVar

from deployer.http.clock import Clock

T = TypeVar("T")
R = TypeVar("R")
GRACE_SECONDS = 3.0  # for work in flight after a stop: a run ends 5 s after its first signal (docs/contracts/github-actions.md, "Cancelling")
TICK_SECONDS = 0.1  # between looks at whether the run was stopped


class Unfinished(Enum):
    """Why an item has no result."""

    NOT_STARTED = "not started"
    ABANDONED = "abandoned"


class BoundedExecutor(Generic[T, R]):
    """Works on items, at most `concurrency` at once. No item is started when the clock is stopped or out of time, or `go_on()` is False."""

    def __init__(self, work: Callable[[T], R], clock: Clock, concurrency: int, go_on: Callable[[], bool] = lambda: True) -> None:
        self._work = work
        self._clock = clock
        self._concurrency = concurrency
        self._go_on = go_on
        self._todo: deque[tuple[int, T]] = deque()
        self._started: set[int] = set()
        self._results: queue.SimpleQueue[tuple[int, R] | BaseException | None] = queue.SimpleQueue()

    def run(self, items: Sequence[T]) -> Iterator[tuple[int, R | Unfinished]]:
        """Yields (index, result) as they come, each index once. An exception in the work is raised here."""
        self._todo.extend(enumerate(items))
        working = min(self._concurrency, len(items))
        for _ in range(working):
            threading.Thread(target=self._worker, daemon=True).start()
        waiting = set(range(len(items)))
        leave_at: float | None = None
        while working and (leave_at is None or time.monotonic() < leave_at):
            if self._clock.stopped and leave_at is None:
                leave_at = time.monotonic() + GRACE_SECONDS
            try:
                result = self._results.get(timeout=TICK_SECONDS)
            except queue.Empty:
                continue
            if result is None:
                working -= 1
            elif isinstance(result, BaseException):
                raise result
            else:
                waiting.discard(result[0])
                yield result
        yield from ((index, Unfinished.ABANDONED if index in self._started else Unfinished.NOT_STARTED) for index in sorted(waiting))

    def _worker(self) -> None:
        try:
            while not self._clock.stopped and self._clock.remaining and self._go_on():
                try:
                    index, item = self._todo.popleft()
                except IndexError:
                    break
                self._started.add(index)
                self._results.put((index, self._work(item)))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that reads the results, which raises it
            self._results.put(error)
        finally:
            self._results.put(None)
