"""Events as payloads and back: short, long, split, hostile, of another format."""

import base64
import json
import secrets
import zlib
from typing import Any

import pytest

from deployer.state import events, github_payload
from deployer.state.base import DeployRecord
from deployer.state.events import Event
from deployer.state.github_payload import IMPOSSIBLE, TOO_LARGE, UNREADABLE, Batch, IgnoredError

NOW = 10**12  # epoch milliseconds


def events_of(number: int) -> list[Event]:
    """As incompressible as real ones."""
    records = [DeployRecord(fingerprint=secrets.token_hex(32), version=f"1.0.{index}", target=secrets.token_hex(12)) for index in range(number)]
    return [events.record_event("production", "r1", f"workflow {index}", record, None) for index, record in enumerate(records)]


def parts(payloads: list[dict[str, Any]]) -> list[github_payload.PayloadPart]:
    """As GitHub gives them back: through JSON."""
    return [github_payload.read_part(json.loads(json.dumps(payload))) for payload in payloads]


@pytest.mark.parametrize(("number", "of"), [(1, 1), (60, 1), (200, 1), (1000, 3)])
def test_packed_events_are_unpacked_again(number: int, of: int) -> None:
    packed = events_of(number)
    payloads = github_payload.pack(packed)
    assert len(payloads) in (of, of + 1)
    assert all(len(json.dumps(payload)) <= github_payload.MAX_CHARS for payload in payloads)
    assert github_payload.unpack(reversed(parts(payloads)), NOW).events == packed


def test_few_events_are_plain_and_many_are_compressed() -> None:
    (few,), (many,) = github_payload.pack(events_of(1)), github_payload.pack(events_of(150))
    assert "events" in few
    assert "packed" in many


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_batch_that_lacks_a_part_is_ignored(gone: int) -> None:
    payloads = github_payload.pack(events_of(1000))
    with pytest.raises(IgnoredError, match=UNREADABLE):
        github_payload.unpack(parts(payloads[:gone] + payloads[gone + 1 :]), NOW)


def test_a_payload_may_come_back_as_text() -> None:
    packed = events_of(1)
    part = github_payload.read_part(json.dumps(github_payload.pack(packed)[0]))
    assert github_payload.unpack([part], NOW).events == packed


def test_part_of_a_newer_format_says_so() -> None:
    assert github_payload.read_part({"flowship": 2, "batch": "x", "part": 1, "of": 1, "events": ["of tomorrow"]}).format == 2


PART = {"flowship": 1, "batch": "x", "part": 1, "of": 1, "events": []}


@pytest.mark.parametrize(
    "payload",
    [None, "", "{", "[" * 100_000, '{"flowship": NaN}', 7, [], {}, {"flowship": 1}, {"flowship": 2}, {**PART, "flowship": "1"},
     {**PART, "flowship": True}, {**PART, "flowship": 1.0}, {**PART, "flowship": 10**30}, {**PART, "flowship": 0}, {**PART, "part": 2},
     {**PART, "part": 0}, {**PART, "part": True}, {**PART, "part": 1.0}, {**PART, "batch": 3}, {**PART, "events": {}},
     {**PART, "of": 2}, {**PART, "of": float("inf")}, {**PART, "of": 10**30}],
)  # fmt: skip
def test_payload_of_another_shape_is_ignored(payload: object) -> None:
    with pytest.raises(IgnoredError, match=UNREADABLE):
        github_payload.read_part(payload)


@pytest.mark.parametrize(
    "fields",
    [{"of": 10**9, "packed": "x"}, {"of": github_payload.MAX_PARTS + 1, "packed": "x"}, {"batch": "x" * 10**6}, {"packed": "x" * (32 * 1024 + 1)}],
)
def test_payload_beyond_what_is_written_is_ignored(fields: dict[str, Any]) -> None:
    with pytest.raises(IgnoredError, match=TOO_LARGE):
        github_payload.read_part({**PART, **fields})


def packed_part(content: bytes) -> github_payload.PayloadPart:
    return github_payload.PayloadPart("x", 1, 1, base64.b64encode(zlib.compress(content)).decode())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: b" " * (60 << 20), id="a bomb of one text"),
        pytest.param(lambda: b"[" + b",".join([b'{"kind":"x","environment":"e","a":[{},{},{},{}]}'] * 400_000) + b"]", id="a bomb of small events"),
        pytest.param(lambda: b'["' + secrets.token_hex(9 << 20).encode() + b'"]', id="no bomb, but too large"),
    ],
)
def test_batch_beyond_what_is_written_is_ignored(content: Any) -> None:
    with pytest.raises(IgnoredError, match=TOO_LARGE):
        github_payload.unpack([packed_part(content())], NOW)


def test_a_bomb_is_refused_by_its_first_bytes() -> None:
    with pytest.raises(IgnoredError) as refused:
        github_payload.unpack([packed_part(b" " * (60 << 20))], NOW)
    assert refused.value.size < 1024 * 1024


def test_alike_events_are_no_bomb() -> None:
    """The most alike that a run writes: nothing but outcomes."""
    outcomes = [events.outcome_event("production", "123.2-4f1c9a02-7be2c410", f"workflow {number}", "done") for number in range(20_000)]
    assert github_payload.unpack(parts(github_payload.pack(outcomes)), NOW).events == outcomes


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{}", id="no list"),
        pytest.param(b"[" * 5000 + b"]" * 5000, id="deep"),
        pytest.param(b'[{"kind": "snapshot", "environment": "e", "up_to": 1e999}]', id="a number without end"),
        pytest.param(b'[{"kind": "snapshot", "environment": "e", "up_to": ' + b"9" * 5000 + b"}]", id="a number of 5,000 digits"),
        pytest.param(b"[NaN]", id="NaN"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" + b"[]," * 600_000 + b"[]]", id="more values than there can be"),
    ],
)
def test_packed_json_that_is_odd_is_ignored(content: bytes) -> None:
    with pytest.raises(IgnoredError):
        github_payload.unpack([packed_part(content)], NOW)


@pytest.mark.parametrize("packed", ["!", "AAAA", base64.b64encode(zlib.compress(b"[]")[:-4]).decode(), "\u0660"])
def test_content_that_cannot_be_unpacked_is_ignored(packed: str) -> None:
    with pytest.raises(IgnoredError, match=UNREADABLE):
        github_payload.unpack([github_payload.PayloadPart("x", 1, 1, packed)], NOW)


def test_plain_batch_beyond_what_is_written_is_ignored() -> None:
    for content, reason in ((["x" * 10**6], TOO_LARGE), ([json.loads("[" * 500 + "]" * 500)], UNREADABLE)):
        part = github_payload.PayloadPart("x", 1, 1, content)
        try:
            assert github_payload.unpack([part], NOW) == Batch([], 1002, frozenset({reason}))
        except IgnoredError as error:
            assert error.reason == reason  # noqa: PT017


def test_events_that_do_not_count_are_left_out_and_the_rest_is_read() -> None:
    valid, newer = events_of(1)[0], {"kind": "of tomorrow", "environment": "production"}
    ahead = events.record_event("production", "r", "w", DeployRecord(fingerprint="f", time=253402300799000), None)
    part = github_payload.PayloadPart("x", 1, 1, [None, {"kind": "record"}, valid, newer, ahead])
    batch = github_payload.unpack([part], NOW)
    assert (batch.events, batch.ignored) == ([valid], frozenset({UNREADABLE, IMPOSSIBLE}))


def test_nothing_is_no_batch() -> None:
    with pytest.raises(IgnoredError):
        github_payload.unpack([], NOW)
