"""The state in a file, `.flowship/state.jsonl`: append-only, fsynced, locked, versioned.

The first line names the format. A torn last line (the process was killed while it wrote) is dropped with a notice; a newer
format is refused and nothing is overwritten.
"""

import fcntl
import io
import json
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import IO, NamedTuple

from deployer.formats import file_reader, file_writer
from deployer.formats.guarded_paths import LinkedFileError, fix_of
from deployer.http import json_values
from deployer.model.errors import UsageError
from deployer.model.text import count
from deployer.state import events
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, EvalRecord, Intent, RepositoryState, StateOwner, WorkflowRecord
from deployer.state.concurrency import find_concurrent_runs, unfinished_runs, without_ended_runs
from deployer.state.event_limits import is_ahead
from deployer.state.replay import replay, replay_all
from deployer.state.run_locks import RunLocks

FORMAT = 1
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_BYTES = 256 * 1024 * 1024  # a deploy of one workflow adds about 900
FIX_ACCESS = "Make its folder readable and writable, or run with `--state none`, which relies on the platforms alone."
STATE_PATH = os.path.join(".flowship", "state.jsonl")


class _PendingLine:
    """A line to be written. `error`: why it was not, once `tried`."""

    __slots__ = ("content", "error", "tried")

    def __init__(self, event: events.Event) -> None:
        self.content = (json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n").encode("utf-8", "surrogatepass")
        self.tried = False
        self.error: OSError | UsageError | None = None


class _ReadPosition(NamedTuple):
    """How many events there were when this run first read, the state that they made, and which unfinished runs had ended by then."""

    events: int = 0
    state: EnvironmentState = EnvironmentState()
    ended_runs: frozenset[str] = frozenset()


class _LogSummary:
    """What is known of the file once its last event was made: how many are of the own project, and notices."""

    def __init__(self) -> None:
        self.own_events = 0
        self.notices: list[str] = []


class FileStateStore:
    """See `deployer.state.base.StateStore`. Every write locks the file, appends one line and syncs it to disk before it returns. `redact`
    takes keys out of what is written.

    Lines of concurrent threads are written together: a sync takes milliseconds, however many lines there are. The file holds the state of all
    projects; unless a method says otherwise, it is about that of `owner`.
    """

    def __init__(self, path: str, owner: StateOwner = StateOwner(), root: str = "", redact: events.Redact = str) -> None:  # noqa: B008 - it is frozen
        """`root`: the folder whose owner gets what is written; without it, the folder of the file."""
        self.path = path
        self._opened = _now()
        self._owner = owner
        self._root = root or os.path.dirname(path)
        self._redact = redact
        self._locks = RunLocks(os.path.join(os.path.dirname(path), "running"), self._root)
        self._unfinished: set[tuple[str, str]] = set()  # environment and workflow of this run's intents
        self._first_reads: dict[str, _ReadPosition] = {}
        self._pending: deque[_PendingLine] = deque()
        self._writer = threading.Lock()

    @property
    def is_durable(self) -> bool:
        """False: only the user's pipeline decides whether the file is kept for the next job."""
        return False

    def read(self, environment: str) -> EnvironmentState:
        """Raises UsageError for a file that is damaged before its last line, or of a newer format."""
        log = _LogSummary()
        state = replay(self._own_events(log), environment)
        state = replace(state, notices=tuple(log.notices))
        if not self._unfinished:
            ended = frozenset(run for run in unfinished_runs(state, _now()) if not self._locks.is_alive(run))
            self._first_reads[environment] = _ReadPosition(log.own_events, state, ended)
        return state

    def read_all(self) -> RepositoryState:
        """Raises as `read` does."""
        return RepositoryState(replay_all(self._events(_LogSummary())))

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intents: Mapping[str, Intent], gives_up_at: int = 0) -> None:
        try:
            self._locks.acquire(run)
        except OSError as error:
            why = f"{self._locks.folder} cannot be written ({error.strerror or error})"
            raise self._unusable(why, fix=fix_of(error, FIX_ACCESS)) from error
        self._append(events.intent_event(environment, run, commit, plan_hash, intents, gives_up_at))
        self._unfinished |= {(environment, name) for name in intents}

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._append(events.record_event(environment, run, workflow, draft, live))

    def put(self, environment: str, run: str, workflow: str, record: WorkflowRecord) -> None:
        self._append(events.put_event(environment, run, workflow, record))

    def remove(self, environment: str, run: str, workflow: str, *, owner: StateOwner | None = None) -> None:
        self._append(events.removed_event(environment, run, workflow), owner)

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._append(events.outcome_event(environment, run, workflow, outcome))
        self._unfinished.discard((environment, workflow))

    def record_evals(self, environment: str, run: str, workflow: str, evals: EvalRecord) -> None:
        self._append(events.evals_event(environment, run, workflow, evals))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """A run that was alive when this one first read, and is no more, may have written in between."""
        first = self._first_reads.get(environment, _ReadPosition())
        recorded = islice(self._own_events(_LogSummary()), first.events, None)
        concurrent = find_concurrent_runs(first.state, recorded, environment, run, workflows, _now())
        return without_ended_runs(concurrent, first.ended_runs, lambda other: not self._locks.is_alive(other))

    def flush(self) -> tuple[str, ...]:
        """Release the run's lock, unless an intent is unfinished: its write may still be on its way, until the process ends."""
        if not self._unfinished:
            self._locks.release()
        return ()

    def _own_events(self, log: "_LogSummary") -> Iterator[events.Event]:
        for event in events.of_project(self._events(log), self._owner.project):
            log.own_events += 1
            yield event

    def _events(self, log: "_LogSummary") -> Iterator[events.Event]:
        """The events, made one by one: all of them at once take eight times the memory of the file."""
        content, notices = self._content()
        log.notices += notices
        return self._parsed(content, log)

    def _content(self) -> tuple[bytes, tuple[str, ...]]:
        """The bytes of the file, and notices."""
        try:
            path = os.path.join(os.path.realpath(self._root), os.path.relpath(self.path, self._root))
            return file_reader.read(path, MAX_BYTES, within=os.path.realpath(self._root)), ()
        except FileNotFoundError:
            return b"", ()
        except LinkedFileError as error:
            if os.path.exists(self.path) and not os.path.isfile(self.path):
                raise self._unusable("it leads to what is no regular file", fix=error.fix) from error
            return b"", (f"{self.path} is a symbolic link, which is not followed: the state counts as empty. The next record replaces the link.",)
        except OSError as error:
            raise self._unusable(error.strerror or str(error), fix=fix_of(error, FIX_ACCESS)) from error

    def _parsed(self, content: bytes, log: "_LogSummary") -> Iterator[events.Event]:
        ahead: list[int] = []
        line = b"\n"
        for number, line in enumerate(io.BytesIO(content), 1):
            if not line.endswith(b"\n"):
                break
            try:
                event = json_values.parse(line[:-1].decode("utf-8", "replace").encode(), MAX_LINE_BYTES)
            except ValueError:
                raise self._unusable(f"line {number} is not JSON") from None
            if number == 1:
                self._check_format(event)  # before the events, whose shape depends on it
            elif not events.is_valid(event):
                raise self._unusable(f"line {number} is not a record of Flowship's")
            elif is_ahead(event, self._opened):
                ahead.append(number)
                continue
            yield event
        log.notices += self._notices(ahead, is_torn=not line.endswith(b"\n"))

    def _notices(self, ahead: Sequence[int], *, is_torn: bool) -> Iterator[str]:
        if ahead:
            yield f"{count(len(ahead), 'record')} of {self.path} did not count, the first on line {ahead[0]}: they hold a time in the future."
        if is_torn:
            yield f"The last line of {self.path} was cut off (the run was killed while writing it) and does not count."

    def _check_format(self, first: object) -> None:
        version = first.get("flowship-state") if isinstance(first, dict) else None
        if version != FORMAT:
            raise self._unusable(
                f"its format is {version!r}, and this version reads {FORMAT}", fix="Use the version of Flowship that wrote it, or a newer one."
            )

    def _unusable(
        self, why: str, fix: str = "Restore it from a backup, or move it away: the next run then relies on the platforms alone."
    ) -> UsageError:
        return UsageError(f"The state {self.path} cannot be used: {why}. Nothing was overwritten.", fix=fix)

    def _append(self, event: events.Event, owner: StateOwner | None = None) -> None:
        line = _PendingLine(events.owned(events.redacted(event, self._redact), owner or self._owner))
        self._pending.append(line)
        with self._writer:
            if not line.tried:  # else the previous thread has written it
                self._write_pending()
        if isinstance(line.error, OSError):
            raise self._unusable(f"it cannot be written ({line.error.strerror or line.error})", fix=fix_of(line.error, FIX_ACCESS)) from line.error
        if line.error:
            raise line.error

    def _write_pending(self) -> None:
        lines = [self._pending.popleft() for _ in range(len(self._pending))]
        failure: OSError | UsageError | None = None
        try:
            with self._locked() as file:
                file.write(b"".join(line.content for line in lines))
                file.flush()
                os.fsync(file.fileno())
        except (OSError, UsageError) as error:
            failure = error
        for line in lines:
            line.error, line.tried = failure, True

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        with os.fdopen(file_writer.open_file(self._root, self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT), "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._prepare(file)
            yield file

    def _prepare(self, file: IO[bytes]) -> None:
        """Cut off a torn last line, write the format line of an empty file, and refuse another format."""
        size = file.seek(0, os.SEEK_END)
        if size and not self._ends_with_newline(file, size):
            file.seek(0)
            size = file.truncate(file.read().rfind(b"\n") + 1)
        if not size:
            file.write(json.dumps({"flowship-state": FORMAT}).encode() + b"\n")
            return
        file.seek(0)
        for _ in self._parsed(file.readline(), _LogSummary()):
            pass  # it is the format line, which is checked

    @staticmethod
    def _ends_with_newline(file: IO[bytes], size: int) -> bool:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000
