"""Work that is shared out among processes, one for each core.

Forked, so that nothing is imported or read twice; therefore only where this process has one thread: a fork takes along locks that other
threads hold. A part that raises is done once more here, so that an error is the same as in one process.
"""

import _thread
import mmap
import os
import pickle
import select
import signal
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar

from deployer.model.errors import FlowshipError

MAX_PROCESSES = 32
_PART = 8  # tasks that a process takes at a time: small enough that all end together
_MAX_PARTS = 8192  # four bytes each: what fits into a pipe that nobody reads yet (64 KiB on Linux, 16 of them always)
_NUMBER = 4  # bytes of a part's number
_LENGTH = 8  # bytes of a result's length
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIX = "Run it again. If it fails again, lint the other files alone, and report it."

_Result = TypeVar("_Result")
Work = Callable[[int, int, Callable[[int], None]], _Result]
"""Does the tasks from the first number up to the second, and calls its third argument with the number of each before it begins."""


class _Worker(NamedTuple):
    """A process, and where its results can be read."""

    pid: int
    results: int


def usable() -> int:
    """How many processes can work at once here; 1 for this one alone."""
    if not hasattr(os, "fork") or _has_threads():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_PROCESSES)


def _has_threads() -> bool:
    """Whether this process has another thread, one that Python did not start too where the system lists them."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return bool(_thread._count())  # noqa: SLF001 - `threading` counts only those that it started


def share_out(count: int, processes: int, work: "Work[_Result]", name_of: Callable[[int], str]) -> list[_Result]:
    """The results of the parts of `count` tasks, in order. `name_of`: what a task is about, for errors.

    Raises FlowshipError where a process ends without its results, OSError where none can be started; and what `work` raises.
    """
    size = max(_PART, -(-count // _MAX_PARTS))
    parts = [(start, min(start + size, count)) for start in range(0, count, size)]
    places = mmap.mmap(-1, processes * _LENGTH)
    queue = _queue(len(parts))
    workers: list[_Worker] = []
    try:
        for number in range(processes):
            workers += _start(number, workers, queue, parts, work, places)
        results = _collect(workers)
        for number in range(len(workers)):
            _require_end(workers.pop(0), name_of(_place(places, number)))
        return [results[part] if part in results else work(*bounds, _ignore) for part, bounds in enumerate(parts)]
    finally:
        os.close(queue)
        for worker in workers:
            _end(worker)


def _queue(parts: int) -> int:
    """A pipe that holds the number of every part, from which each process takes its next one."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(part.to_bytes(_NUMBER, "little") for part in range(parts)))
    os.close(writing)
    return reading


def _start(
    number: int, others: Sequence[_Worker], queue: int, parts: Sequence[tuple[int, int]], work: "Work[Any]", places: mmap.mmap
) -> list[_Worker]:
    """One more process; none where the machine allows no more. Raises OSError where it would be the first."""
    reading, writing = os.pipe()
    parent, mask = os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        pid = os.fork()
        if not pid:
            _run(number, parent, queue, (writing, reading, *(other.results for other in others)), parts, work, places, mask)
    except OSError:
        os.close(reading)
        if not others:
            raise
        return []
    finally:
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return [_Worker(pid, reading)]


def _run(
    number: int, parent: int, queue: int, pipes: Sequence[int], parts: Sequence[tuple[int, int]], work: "Work[Any]", places: mmap.mmap, mask: Any
) -> NoReturn:
    """The whole life of a process. Signals are its parent's to take; it ends with its parent, and has no keys to pass on.

    `pipes`: where it writes, and what it closes: the ends that are its parent's, whose closing is how it learns that the parent has ended.
    """
    code = 1
    try:
        writing, *foreign = pipes
        for descriptor in foreign:
            os.close(descriptor)
        for of_stop in _SIGNALS:
            signal.signal(of_stop, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.environ.clear()
        while taken := os.read(queue, _NUMBER):
            part = int.from_bytes(taken, "little")
            result = _attempt(work, parts[part], lambda task: _mark(places, number, task, parent))
            if result is not None:
                content = pickle.dumps((part, result))
                _write(writing, len(content).to_bytes(_LENGTH, "little") + content)
        code = 0
    finally:
        os._exit(code)


def _attempt(work: "Work[_Result]", bounds: tuple[int, int], mark: Callable[[int], None]) -> _Result | None:
    """None where it raises: then the parent does the same, and raises the same."""
    try:
        return work(*bounds, mark)
    except Exception:  # noqa: BLE001
        return None


def _mark(places: mmap.mmap, number: int, task: int, parent: int) -> None:
    """Note which task a process is at. Ends the process where its parent has ended."""
    if os.getppid() != parent:
        os._exit(1)
    places[number * _LENGTH : (number + 1) * _LENGTH] = task.to_bytes(_LENGTH, "little")


def _place(places: mmap.mmap, number: int) -> int:
    return int.from_bytes(places[number * _LENGTH : (number + 1) * _LENGTH], "little")


def _ignore(_: int) -> None:
    return None


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _collect(workers: Sequence[_Worker]) -> dict[int, Any]:
    """The results of all parts, by their numbers, once every process has closed its end."""
    received = {worker.results: bytearray() for worker in workers}
    waiting = list(received)
    while waiting:
        for descriptor in select.select(waiting, (), ())[0]:
            content = os.read(descriptor, 1 << 20)
            received[descriptor] += content
            if not content:
                waiting.remove(descriptor)
    return dict(row for content in received.values() for row in _results_in(content))


def _results_in(content: bytearray) -> list[tuple[int, Any]]:
    """The whole results in what a process has sent; the last may be cut off by its end."""
    rows, start = [], 0
    while start + _LENGTH <= len(content):
        end = start + _LENGTH + int.from_bytes(content[start : start + _LENGTH], "little")
        if end <= len(content):
            rows.append(pickle.loads(content[start + _LENGTH : end]))  # noqa: S301 - from our own process
        start = end
    return rows


def _require_end(worker: _Worker, task: str) -> None:
    """Raises FlowshipError unless the process has ended by itself."""
    os.close(worker.results)
    code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
    if code:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise FlowshipError(f"The process that linted {task} ended without a result ({how}).", fix=_FIX, code="lint-crash")


def _end(worker: _Worker) -> None:
    """End a process whose results are not wanted any more."""
    os.close(worker.results)
    try:
        os.kill(worker.pid, signal.SIGKILL)
        os.waitpid(worker.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
