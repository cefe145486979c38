"""Events as payloads of GitHub Deployments, and back. Pure. A batch of events is JSON, compressed when long, split when longer still.

A payload holds 32 KB; no published page says how much GitHub takes. Others may post under our environment's name: what does not have
our shape is ignored, and reading a batch takes no more memory and time than the largest that Flowship writes.
"""

import base64
import json
import secrets
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeGuard

from deployer.http import json_values
from deployer.state.event_limits import is_plausible, known_fields
from deployer.state.events import Event, is_valid

FORMAT = 1
MAX_CHARS = 32 * 1024  # of one payload's JSON
MAX_PARTS = 128  # of one batch: a snapshot of 10,000 workflows
MAX_UNPACKED_BYTES = 16 * 1024 * 1024  # of one batch
MAX_RATIO = 100  # unpacked bytes for each packed one: events, as alike as they are, come to 30
MAX_FORMAT = 1000
_HEADER_CHARS = 200  # of a part's other fields
_CHUNK_BYTES = 64 * 1024

UNREADABLE = "cut off, or not readable"
TOO_LARGE = "larger than any that Flowship writes"
IMPOSSIBLE = "they hold a time in the future, or a number, name or list that no run writes"
TOO_NEW = "they say that they hold what was recorded after them"


class PayloadPart(NamedTuple):
    """One payload. `batch` is the same in all parts of a batch; `number` counts from 1. `format`: above FORMAT, a newer Flowship's."""

    batch: str
    number: int
    of: int
    content: Any
    format: int = FORMAT


class IgnoredError(Exception):
    """A payload or batch that does not count. `reason` completes "did not count: ..."; `size`: bytes that were unpacked in vain."""

    def __init__(self, reason: str, size: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.size = size


class Batch(NamedTuple):
    """The events of a batch, with the fields that are known. `size`: bytes of JSON; `ignored`: why some of its events are left out."""

    events: list[Event]
    size: int = 0
    ignored: frozenset[str] = frozenset()

    @property
    def items(self) -> int:
        """The number of events, where an intent counts for each of its workflows."""
        return sum(max(1, len(event.get("workflows", ()))) for event in self.events)


def pack(events: Sequence[Event]) -> list[dict[str, Any]]:
    """The payloads that hold these events, in order; a single one unless there are many."""
    header = {"flowship": FORMAT, "batch": secrets.token_hex(8)}
    plain = {**header, "part": 1, "of": 1, "events": list(events)}
    if len(json.dumps(plain)) <= MAX_CHARS:
        return [plain]
    packed = base64.b64encode(zlib.compress(json.dumps(events, separators=(",", ":"), allow_nan=False).encode(), 9)).decode()
    size = MAX_CHARS - _HEADER_CHARS
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    return [{**header, "part": number, "of": len(pieces), "packed": piece} for number, piece in enumerate(pieces, 1)]


def fits(events: Sequence[Event]) -> bool:
    """Whether these events may be one batch, which a reader takes."""
    return len(json.dumps(events, separators=(",", ":"))) <= MAX_UNPACKED_BYTES


def read_part(payload: object) -> PayloadPart:
    """The part in a payload. Raises IgnoredError where it does not have our shape. A newer format has the same shape; its content may be any."""
    if isinstance(payload, str):
        payload = _parse_json(payload.encode("utf-8", "replace"))
    if not isinstance(payload, dict):
        raise IgnoredError(UNREADABLE)
    version, batch, number, of = (payload.get(name) for name in ("flowship", "batch", "part", "of"))
    content = payload.get("packed", payload.get("events"))
    if not (_is_count(version, MAX_FORMAT) and isinstance(batch, str) and isinstance(content, str | list) and _is_count(number) and _is_count(of)):
        raise IgnoredError(UNREADABLE)
    if of > MAX_PARTS or len(batch) > _HEADER_CHARS or (isinstance(content, str) and len(content) > MAX_CHARS):
        raise IgnoredError(TOO_LARGE)
    if number > of or (isinstance(content, list) and of > 1):
        raise IgnoredError(UNREADABLE)
    return PayloadPart(batch, number, of, content, version)


def unpack(parts: Iterable[PayloadPart], now: int, room: int = MAX_UNPACKED_BYTES) -> Batch:
    """The events in all parts of one batch. `now`: epoch milliseconds; `room`: bytes that it may have. Raises IgnoredError where a part is missing,
    they cannot be read, or it has more."""
    contents = {part.number: (part.of, part.content) for part in parts}
    if not contents or any(of != len(contents) for of, _ in contents.values()):
        raise IgnoredError(UNREADABLE)
    pieces = [contents[number][1] for number in sorted(contents)]
    if isinstance(pieces[0], list):
        return _batch(pieces[0], _plain_size(pieces[0], min(2 * MAX_CHARS, room)), now)
    text = _inflated("".join(pieces), min(MAX_UNPACKED_BYTES, room))
    try:
        return _batch(_parse_json(text), len(text), now)
    except IgnoredError as error:
        raise IgnoredError(error.reason, len(text)) from None


def _batch(content: object, size: int, now: int) -> Batch:
    if not isinstance(content, list):
        raise IgnoredError(UNREADABLE)
    ignored: set[str] = set()
    events: list[Event] = []
    for item in content:
        if not is_valid(item):
            ignored.add(UNREADABLE)
            continue
        event = known_fields(item)
        if event is not None and is_plausible(event, now):
            events.append(event)
        elif event is not None:
            ignored.add(IMPOSSIBLE)
    return Batch(events, size, frozenset(ignored))


def _plain_size(content: object, most: int) -> int:
    try:
        size = len(json.dumps(content))
    except (ValueError, RecursionError):
        raise IgnoredError(UNREADABLE) from None
    if size > most:
        raise IgnoredError(TOO_LARGE)
    return size


def _inflated(text: str, most: int) -> bytes:
    """Unpacked, as long as it keeps to the ratio: a bomb is found by its first bytes."""
    chunks: list[bytes] = []
    size = 0
    try:
        packed = base64.b64decode(text, validate=True)
        inflater, rest = zlib.decompressobj(), packed
        while not inflater.eof:
            chunk = inflater.decompress(rest, _CHUNK_BYTES)
            rest = inflater.unconsumed_tail
            if not chunk and not rest and not inflater.eof:
                raise IgnoredError(UNREADABLE)
            chunks.append(chunk)
            size += len(chunk)
            if size > most or size > MAX_RATIO * (len(packed) - len(rest)) + _CHUNK_BYTES:
                raise IgnoredError(TOO_LARGE, size)
    except (ValueError, zlib.error):
        raise IgnoredError(UNREADABLE) from None
    return b"".join(chunks)


def _parse_json(text: bytes) -> object:
    try:
        return json_values.parse(text, MAX_UNPACKED_BYTES)
    except ValueError:
        raise IgnoredError(UNREADABLE) from None


def _is_count(value: object, most: int = 10**9) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
