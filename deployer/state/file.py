"""The state in a file, `.flowship/state.jsonl`: append-only, fsynced, locked, versioned.

The first line says the format. A torn last line (the process was killed while it wrote) is dropped with a notice; a newer
format is refused and nothing is overwritten.
"""

import fcntl
import json
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, NamedTuple

from deployer.model.errors import UsageError
from deployer.state import concurrency, events
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, EvalRecord, Intent
from deployer.state.run_locks import RunLocks

FORMAT = 1
WRITABLE = "Make its folder readable and writable, or run with `--state none`: then the platforms alone are believed."
STATE_PATH = os.path.join(".flowship", "state.jsonl")


class _Line:
    """A line on its way into the file. `error` says why it is not there, once `tried`."""

    __slots__ = ("content", "error", "tried")

    def __init__(self, fact: events.Event) -> None:
        self.content = (json.dumps(fact, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "surrogatepass")
        self.tried = False
        self.error: OSError | UsageError | None = None


class _ReadPosition(NamedTuple):
    """How much was there when this run first read, and which runs that had not ended were over by then."""

    facts: int = 0
    over: frozenset[str] = frozenset()


class FileStateStore:
    """See `deployer.state.base.State`. Every write takes the file's lock, appends one line and syncs it to disk before it returns.

    What several threads write at once goes into the file in one go: a sync takes milliseconds, whatever it has to write.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._alive = RunLocks(os.path.join(os.path.dirname(path), "running"))
        self._open: set[tuple[str, str]] = set()  # what this run said it would do and has not ended
        self._marks: dict[str, _ReadPosition] = {}
        self._waiting: deque[_Line] = deque()
        self._writer = threading.Lock()

    @property
    def is_durable(self) -> bool:
        """Nobody but the user's own pipeline can tell whether the file is still there next time."""
        return False

    def read(self, environment: str) -> EnvironmentState:
        """Raises UsageError for a file that is damaged before its last line, or of a newer format."""
        facts, notices = self._read()
        state = events.merge(facts, environment, notices)
        if not self._open:
            self._marks[environment] = _ReadPosition(len(facts), frozenset(run for run in _runs(state) if not self._alive.is_alive(run)))
        return state

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intent], until: int = 0) -> None:
        try:
            self._alive.enter(run)
        except OSError as error:
            raise self._unreadable(f"{self._alive.folder} cannot be written ({error.strerror or error})", fix=WRITABLE) from error
        self._append(events.intent_event(environment, run, commit, plan_hash, intended, until))
        self._open |= {(environment, name) for name in intended}

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._append(events.recorded_event(environment, run, workflow, draft, live))

    def remove(self, environment: str, run: str, workflow: str) -> None:
        self._append(events.removed_event(environment, run, workflow))

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._append(events.finished_event(environment, run, workflow, outcome))
        self._open.discard((environment, workflow))

    def record_evals(self, environment: str, run: str, workflow: str, checked: EvalRecord) -> None:
        self._append(events.evals_event(environment, run, workflow, checked))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """A run that was going when this one first read, and is not any more, may have written in between."""
        facts, mark = self._read()[0], self._marks.get(environment, _ReadPosition())
        before = events.merge(facts[: mark.facts], environment)
        seen = concurrency.concurrent_runs(before, facts[mark.facts :], environment, run, workflows, time.time_ns() // 1_000_000)
        return concurrency.without(seen, mark.over, lambda other: not self._alive.is_alive(other))

    def flush(self) -> tuple[str, ...]:
        """What was left in the middle may still be on its way: then the end of the process tells that this run is over."""
        if not self._open:
            self._alive.leave()
        return ()

    def _read(self) -> tuple[list[events.Event], tuple[str, ...]]:
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return self._facts(file.read())
        except FileNotFoundError:
            return [], ()
        except OSError as error:
            raise self._unreadable(error.strerror or str(error), fix=WRITABLE) from error

    def _facts(self, text: str) -> tuple[list[events.Event], tuple[str, ...]]:
        rows = text.split("\n")
        facts: list[events.Event] = []
        for number, row in enumerate(rows[:-1], 1):
            try:
                fact = json.loads(row)
            except (ValueError, RecursionError):
                raise self._unreadable(f"line {number} is not JSON") from None
            if number == 1:
                self._check_format(fact)  # before its records, which only that format explains
            elif not events.is_event(fact):
                raise self._unreadable(f"line {number} is not a record of Flowship's")
            facts.append(fact)
        torn: tuple[str, ...] = (
            (f"The last line of {self.path} was cut off (the run was killed while writing it) and does not count.",) if rows[-1] else ()
        )
        return facts, torn

    def _check_format(self, first: object) -> None:
        found = first.get("flowship-state") if isinstance(first, dict) else None
        if found != FORMAT:
            raise self._unreadable(
                f"its format is {found!r}, and this version reads {FORMAT}", fix="Use the version of Flowship that wrote it, or a newer one."
            )

    def _unreadable(self, why: str, fix: str = "Restore it from a backup, or move it away: then the platforms alone are believed.") -> UsageError:
        return UsageError(f"The state {self.path} cannot be used: {why}. Nothing was overwritten.", fix=fix)

    def _append(self, fact: events.Event) -> None:
        line = _Line(fact)
        self._waiting.append(line)
        with self._writer:
            if not line.tried:  # else the thread before us has taken it along
                self._write_waiting()
        if isinstance(line.error, OSError):
            raise self._unreadable(f"it cannot be written ({line.error.strerror or line.error})", fix=WRITABLE) from line.error
        if line.error:
            raise line.error

    def _write_waiting(self) -> None:
        together = [self._waiting.popleft() for _ in range(len(self._waiting))]
        error: OSError | UsageError | None = None
        try:
            with self._locked() as file:
                file.write(b"".join(line.content for line in together))
                file.flush()
                os.fsync(file.fileno())
        except (OSError, UsageError) as why:
            error = why
        for line in together:
            line.error, line.tried = error, True

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        with open(self.path, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._mend(file)
            yield file

    def _mend(self, file: IO[bytes]) -> None:
        """A torn last line is cut off, so that ours does not grow onto it; an empty file gets its format line."""
        size = file.seek(0, os.SEEK_END)
        if size and not self._ends_whole(file, size):
            file.seek(0)
            size = file.truncate(file.read().rfind(b"\n") + 1)
        if not size:
            file.write(json.dumps({"flowship-state": FORMAT}).encode() + b"\n")
            return
        file.seek(0)
        self._facts(file.readline().decode("utf-8", "replace"))

    @staticmethod
    def _ends_whole(file: IO[bytes], size: int) -> bool:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _runs(state: EnvironmentState) -> set[str]:
    """The runs that have not said that they are over."""
    return {intent.run for recorded in state.workflows.values() for intent in recorded.unfinished_intents}
