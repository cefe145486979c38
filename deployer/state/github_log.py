"""The event log of one environment, assembled from its deployments, and what of them does not count. Pure.

Bounded, whatever others posted: bytes, events, and batches that wait for their other parts. Where there is too much, the newest count.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from deployer.github.deployments import Deployment
from deployer.model.errors import UsageError
from deployer.model.text import count
from deployer.state.events import Event
from deployer.state.github_payload import FORMAT, TOO_LARGE, TOO_NEW, UNREADABLE, Batch, IgnoredError, PayloadPart, read_part, unpack

MAX_LOG_BYTES = 24 * 1024 * 1024  # of JSON
MAX_ITEMS = 100_000  # events, where an intent counts for each of its workflows
MAX_WASTED_BYTES = 64 * 1024 * 1024  # unpacked in vain; after that, nothing more is unpacked
MAX_PENDING_CHARS = 32 * 1024 * 1024  # of batches whose other parts were not read yet
FOREIGN = "neither this token nor a job's default token made them"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z", re.ASCII)


class IgnoredRecords(NamedTuple):
    """Deployments that do not count, for one reason. `oldest`, `since`: the id of the oldest one and its time, 0 and "" where unknown."""

    reason: str
    number: int
    oldest: int = 0
    since: str = ""


class EventLog(NamedTuple):
    """`events` in the order in which they were recorded, the snapshot's first. `base`: up to which deployment the snapshot goes, 0 without one.

    `newest`: id of the newest deployment; `later`: number of ours after `base`; `ignored`: what of those after `base` does not count;
    `rows`: number of deployments read; `truncated`: older ones were not.
    """

    events: tuple[Event, ...] = ()
    base: int = 0
    newest: int = 0
    later: int = 0
    ignored: tuple[IgnoredRecords, ...] = ()
    rows: int = 0
    truncated: bool = False


class _Position(NamedTuple):
    id: int
    created: str


class LogBuilder:
    """Takes deployments, newest first. `now`: epoch milliseconds. `since`: only what came after that deployment counts, without snapshots."""

    def __init__(self, now: int, since: int | None = None) -> None:
        self._now = now
        self._since = since
        self._snapshot: tuple[int, list[Event]] = (since or 0, [])
        self._batches: list[tuple[int, list[Event]]] = []
        self._pending: dict[tuple[str, int], dict[int, tuple[_Position, PayloadPart]]] = {}
        self._complete: set[tuple[str, int]] = set()
        self._ignored: list[tuple[str, _Position]] = []
        self._ours: list[int] = []
        self._pending_chars = self._bytes = self._items = self._wasted_bytes = 0
        self._newest = self._oldest = self._rows = 0

    @property
    def rows(self) -> int:
        return self._rows

    @property
    def is_complete(self) -> bool:
        """Whether everything after the snapshot, or after `since`, was read."""
        return 0 < self._oldest <= self._snapshot[0]

    @property
    def is_torn(self) -> bool:
        """Whether a batch that counts lacks a part, which may be in an older deployment."""
        return any(_last(parts).id > self._snapshot[0] for parts in self._pending.values())

    def add(self, row: Deployment) -> None:
        """Raises UsageError for a batch of a newer format: then nothing may be written."""
        position = _Position(row.id, row.created)
        self._rows += 1
        self._newest, self._oldest = max(self._newest, row.id), row.id
        if not row.ours:
            self._ignored.append((FOREIGN, position))
            return
        self._ours.append(row.id)
        try:
            part = read_part(row.payload)
            if part.format > FORMAT:
                raise _newer_format(part, position)
            self._add_part(part, position)
        except IgnoredError as error:
            self._wasted_bytes += error.size
            self._ignored.append((error.reason, position))

    def add_unreadable(self) -> None:
        """A deployment next to the last one, of which not even its id could be read."""
        self._rows += 1
        self._ignored.append((UNREADABLE, _Position(self._oldest - 1 if self._oldest else 0, "")))

    def log(self, *, truncated: bool = False) -> EventLog:
        base, events = self._snapshot
        later = [event for id_, batch in sorted(self._batches, key=lambda batch: batch[0]) if id_ > base for event in batch]
        number_later = sum(id_ > base for id_ in self._ours)
        return EventLog((*events, *later), base, self._newest, number_later, tuple(self._ignored_records(base)), self._rows, truncated)

    def _add_part(self, part: PayloadPart, position: _Position) -> None:
        key = part.batch, part.of
        if key in self._complete or (position.id <= self._snapshot[0] and key not in self._pending):
            return  # it was posted twice, or a snapshot holds it
        parts = self._pending.get(key, {})
        if part.number in parts:
            return
        chars = len(part.content) if part.of > 1 else 0
        if self._pending_chars + chars > MAX_PENDING_CHARS:
            raise IgnoredError(TOO_LARGE)
        self._pending_chars += chars
        self._pending[key] = parts = {**parts, part.number: (position, part)}
        if len(parts) == part.of:
            self._complete.add(key)
            del self._pending[key]
            self._pending_chars -= sum(len(part.content) for _, part in parts.values() if part.of > 1)
            self._add_batch([part for _, part in parts.values()], _last(parts), _first(parts))

    def _add_batch(self, parts: list[PayloadPart], last: _Position, first: _Position) -> None:
        if self._wasted_bytes > MAX_WASTED_BYTES and isinstance(parts[0].content, str):
            raise IgnoredError(TOO_LARGE)
        batch = unpack(parts, self._now, MAX_LOG_BYTES - self._bytes)
        if self._items + batch.items > MAX_ITEMS:
            raise IgnoredError(TOO_LARGE, batch.size)
        self._bytes, self._items = self._bytes + batch.size, self._items + batch.items
        self._ignored += [(reason, last) for reason in sorted(batch.ignored)]
        if batch.events and batch.events[0]["kind"] == "snapshot":
            self._add_snapshot(batch, first)
            return
        self._batches.append((last.id, batch.events))

    def _add_snapshot(self, batch: Batch, first: _Position) -> None:
        """Of two, the one counts that goes farther; of two alike, the older one."""
        up_to = batch.events[0]["up_to"]
        if not 0 < up_to < first.id:
            raise IgnoredError(TOO_NEW)
        if self._since is None and up_to >= self._snapshot[0]:
            self._snapshot = up_to, batch.events[1:]

    def _ignored_records(self, base: int) -> Iterator[IgnoredRecords]:
        torn = [(UNREADABLE, _last(parts)) for parts in self._pending.values()]
        by_reason: dict[str, list[_Position]] = {}
        for reason, position in (*self._ignored, *torn):
            if position.id > base or not position.id:
                by_reason.setdefault(reason, []).append(position)
        for reason, positions in by_reason.items():
            oldest = min((position for position in positions if position.created), default=_Position(0, ""))
            yield IgnoredRecords(reason, len(positions), *oldest)


def log_notices(log: EventLog, environment: str) -> Iterator[str]:
    """What of the log of an environment, named as on GitHub, does not count, for people."""
    where = f"among the deployments of `{environment}`"
    if log.truncated:
        yield f"Only the newest {log.rows:,} {where} were read: older records are not known."
    for ignored in log.ignored:
        since = f" The oldest is deployment {ignored.oldest}{_of_time(ignored.since)}." if ignored.oldest else ""
        yield f"{count(ignored.number, 'record')} {where} did not count: {ignored.reason}.{since}"


def _of_time(created: str) -> str:
    match = _TIME.fullmatch(created)
    return f", made {match[1]} {match[2]} UTC" if match else ""


def _last(parts: dict[int, tuple[_Position, PayloadPart]]) -> _Position:
    return max(position for position, _ in parts.values())


def _first(parts: dict[int, tuple[_Position, PayloadPart]]) -> _Position:
    return min(position for position, _ in parts.values())


def _newer_format(part: PayloadPart, position: _Position) -> UsageError:
    return UsageError(
        f"The state on GitHub was written by a newer Flowship: its format is {part.format}, and this version reads {FORMAT} "
        f"(deployment {position.id}{_of_time(position.created)}). Nothing was written.",
        fix="Use the version that wrote it, or a newer one. If none of your jobs wrote that deployment, delete it (docs/state.md).",
        code="state-newer",
    )
