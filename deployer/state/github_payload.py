"""Events as payloads of GitHub Deployments, and back. Pure. A batch of events is JSON, compressed when long, split when longer still.

A payload holds 32 KB; no published page says how much GitHub takes. Others may post under our environment's name: what does not have
our shape is ignored, and no batch unpacks to more than `MAX_UNPACKED_BYTES`.
"""

import base64
import binascii
import json
import secrets
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from deployer.http import json_values
from deployer.model.errors import UsageError
from deployer.state.events import Event, is_valid

FORMAT = 1
MAX_CHARS = 32 * 1024  # of one payload's JSON
MAX_UNPACKED_BYTES = 64 * 1024 * 1024  # of one batch
_HEADER_CHARS = 200  # of a part's other fields


class PayloadPart(NamedTuple):
    """One payload. `batch` is the same in all parts of a batch; `number` counts from 1."""

    batch: str
    number: int
    of: int
    content: Any


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


def read_part(payload: object) -> PayloadPart | None:
    """The part in a payload; None when it does not have our shape. Raises UsageError for one of a newer format."""
    if isinstance(payload, str):
        payload = _parse_json(payload)
    if not isinstance(payload, dict) or not isinstance(payload.get("flowship"), int):
        return None
    if payload["flowship"] > FORMAT:
        raise UsageError(
            f"The state on GitHub was written by a newer Flowship: its format is {payload['flowship']}, and this version reads {FORMAT}. "
            "Nothing was written.",
            fix="Use the version that wrote it, or a newer one.",
            code="state-newer",
        )
    batch, number, of = payload.get("batch"), payload.get("part"), payload.get("of")
    if not isinstance(batch, str) or not isinstance(number, int) or not isinstance(of, int) or not 1 <= number <= of:
        return None
    content = payload.get("packed", payload.get("events"))
    return PayloadPart(batch, number, of, content) if isinstance(content, str | list) else None


def unpack(parts: Iterable[PayloadPart]) -> list[Event] | None:
    """The valid events in all parts of one batch; None when a part is missing or they cannot be read."""
    parts = list(parts)
    contents = {part.number: part.content for part in parts}
    of = max((part.of for part in parts), default=0)
    if not of or len(contents) != of or set(contents) != set(range(1, of + 1)):
        return None
    events = contents[1] if of == 1 and isinstance(contents[1], list) else _unpack_text([contents[number] for number in range(1, of + 1)])
    return [event for event in events if is_valid(event)] if isinstance(events, list) else None


def _unpack_text(pieces: Sequence[object]) -> object:
    try:
        packed = base64.b64decode("".join(str(piece) for piece in pieces), validate=True)
        decompressor = zlib.decompressobj()
        text = decompressor.decompress(packed, MAX_UNPACKED_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return _parse_json(text.decode("utf-8", "replace")) if decompressor.eof else None


def _parse_json(text: str) -> object:
    try:
        return json_values.parse(text.encode(), MAX_UNPACKED_BYTES)
    except ValueError:
        return None
