"""Events as payloads and back: short, long, split, hostile, of another format."""

import base64
import json
import secrets
import zlib
from typing import Any

import pytest

from deployer.model.errors import UsageError
from deployer.state import events, github_payload
from deployer.state.base import DeployRecord
from deployer.state.events import Event


def events_of(number: int) -> list[Event]:
    """As incompressible as real ones."""
    records = [DeployRecord(fingerprint=secrets.token_hex(32), version=f"1.0.{index}", target=secrets.token_hex(12)) for index in range(number)]
    return [events.record_event("production", "r1", f"workflow {index}", record, None) for index, record in enumerate(records)]


def parts(payloads: list[dict[str, Any]]) -> list[github_payload.PayloadPart]:
    """As GitHub gives them back: through JSON."""
    read = [github_payload.read_part(json.loads(json.dumps(payload))) for payload in payloads]
    return [part for part in read if part is not None]


@pytest.mark.parametrize(("number", "of"), [(1, 1), (60, 1), (200, 1), (1000, 3)])
def test_packed_events_are_unpacked_again(number: int, of: int) -> None:
    packed = events_of(number)
    payloads = github_payload.pack(packed)
    assert len(payloads) in (of, of + 1)
    assert all(len(json.dumps(payload)) <= github_payload.MAX_CHARS for payload in payloads)
    assert github_payload.unpack(reversed(parts(payloads))) == packed


def test_few_events_are_plain_and_many_are_compressed() -> None:
    (few,), (many,) = github_payload.pack(events_of(1)), github_payload.pack(events_of(150))
    assert "events" in few
    assert "packed" in many


def test_batch_that_lacks_a_part_is_none() -> None:
    payloads = github_payload.pack(events_of(1000))
    for gone in range(len(payloads)):
        assert github_payload.unpack(parts(payloads[:gone] + payloads[gone + 1 :])) is None


def test_a_payload_may_come_back_as_text() -> None:
    packed = events_of(1)
    part = github_payload.read_part(json.dumps(github_payload.pack(packed)[0]))
    assert part is not None
    assert github_payload.unpack([part]) == packed


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(UsageError, match="Nothing was written"):
        github_payload.read_part({"flowship": github_payload.FORMAT + 1})


@pytest.mark.parametrize(
    "payload",
    [None, "", "{", "[" * 100_000, 7, [], {}, {"flowship": "1"}, {"flowship": 1}, {"flowship": 1, "batch": "x", "part": 2, "of": 1, "events": []},
     {"flowship": 1, "batch": 3, "part": 1, "of": 1, "events": []}, {"flowship": 1, "batch": "x", "part": 1, "of": 1, "events": {}}],
)  # fmt: skip
def test_payload_of_another_shape_is_none(payload: object) -> None:
    assert github_payload.read_part(payload) is None


def bomb() -> str:
    return base64.b64encode(zlib.compress(b" " * (github_payload.MAX_UNPACKED_BYTES + 1), 9)).decode()


@pytest.mark.parametrize("packed", [bomb, lambda: "!", lambda: "AAAA", lambda: base64.b64encode(zlib.compress(b"{}")).decode()[:-8]])
def test_content_that_cannot_be_unpacked_is_none(packed: Any) -> None:
    part = github_payload.read_part({"flowship": 1, "batch": "x", "part": 1, "of": 1, "packed": packed()})
    assert part is not None
    assert github_payload.unpack([part]) is None


def test_invalid_events_are_left_out() -> None:
    valid, newer = events_of(1)[0], {"kind": "of tomorrow", "environment": "production"}
    part = github_payload.PayloadPart("x", 1, 1, [None, {"kind": "record"}, valid, newer])
    assert github_payload.unpack([part]) == [valid, newer]


def test_nothing_is_no_batch() -> None:
    assert github_payload.unpack([]) is None


def test_stream_without_its_end_is_none() -> None:
    whole = zlib.compress(b"[]")
    for packed, events_read in ((whole, []), (whole[:-4], None)):
        assert github_payload.unpack([github_payload.PayloadPart("x", 1, 1, base64.b64encode(packed).decode())]) == events_read
