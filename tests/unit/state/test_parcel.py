"""Facts as payloads and back: short, long, split, hostile, of another format."""

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


def facts(number: int) -> list[Event]:
    """As incompressible as real ones."""
    entries = [DeployRecord(fingerprint=secrets.token_hex(32), version=f"1.0.{each}", target=secrets.token_hex(12)) for each in range(number)]
    return [events.recorded_event("production", "r1", f"workflow {each}", entry, None) for each, entry in enumerate(entries)]


def parts(payloads: list[dict[str, Any]]) -> list[github_payload.PayloadPart]:
    """As GitHub gives them back: through JSON."""
    found = [github_payload.part(json.loads(json.dumps(payload))) for payload in payloads]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(("number", "of"), [(1, 1), (60, 1), (200, 1), (1000, 3)])
def test_what_was_packed_comes_out_again(number: int, of: int) -> None:
    packed = facts(number)
    payloads = github_payload.pack(packed)
    assert len(payloads) in (of, of + 1)
    assert all(len(json.dumps(payload)) <= github_payload.LIMIT for payload in payloads)
    assert github_payload.unpack(reversed(parts(payloads))) == packed


def test_few_facts_can_be_read_by_people_and_many_are_compressed() -> None:
    (few,), (many,) = github_payload.pack(facts(1)), github_payload.pack(facts(150))
    assert "facts" in few
    assert "packed" in many


def test_a_parcel_that_lacks_a_part_is_none() -> None:
    payloads = github_payload.pack(facts(1000))
    for gone in range(len(payloads)):
        assert github_payload.unpack(parts(payloads[:gone] + payloads[gone + 1 :])) is None


def test_a_payload_may_come_back_as_text() -> None:
    packed = facts(1)
    part = github_payload.part(json.dumps(github_payload.pack(packed)[0]))
    assert part is not None
    assert github_payload.unpack([part]) == packed


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(UsageError, match="Nothing was written"):
        github_payload.part({"flowship": github_payload.FORMAT + 1})


@pytest.mark.parametrize(
    "payload",
    [None, "", "{", "[" * 100_000, 7, [], {}, {"flowship": "1"}, {"flowship": 1}, {"flowship": 1, "parcel": "x", "part": 2, "of": 1, "facts": []},
     {"flowship": 1, "parcel": 3, "part": 1, "of": 1, "facts": []}, {"flowship": 1, "parcel": "x", "part": 1, "of": 1, "facts": {}}],
)  # fmt: skip
def test_what_is_not_of_our_shape_is_nothing(payload: object) -> None:
    assert github_payload.part(payload) is None


def bomb() -> str:
    return base64.b64encode(zlib.compress(b" " * (github_payload.LARGEST + 1), 9)).decode()


@pytest.mark.parametrize("packed", [bomb, lambda: "!", lambda: "AAAA", lambda: base64.b64encode(zlib.compress(b"{}")).decode()[:-8]])
def test_what_cannot_be_unpacked_is_none(packed: Any) -> None:
    part = github_payload.part({"flowship": 1, "parcel": "x", "part": 1, "of": 1, "packed": packed()})
    assert part is not None
    assert github_payload.unpack([part]) is None


@pytest.mark.parametrize(
    "fact",
    [None, 3, {}, {"kind": "record"}, {"kind": "record", "environment": "e", "run": "r", "workflow": "w", "draft": None},
     {"kind": "record", "environment": "e", "run": "r", "workflow": "w", "draft": {"fingerprint": "f", "time": "now"}},
     {"kind": "record", "environment": "e", "run": "r", "workflow": "w", "live": {"version": "1"}},
     {"kind": "intent", "environment": "e", "run": "r", "commit": "c", "workflows": {"w": {"action": "import"}}},
     {"kind": "intent", "environment": "e", "run": "r", "commit": "c", "workflows": []},
     {"kind": "known", "environment": "e", "workflow": "w", "draft": None, "releases": None, "rolled_back": [], "open": []},
     {"kind": "known", "environment": "e", "workflow": "w", "draft": 1, "releases": [], "rolled_back": [], "open": []},
     {"kind": "known", "environment": "e", "workflow": "w", "draft": None, "releases": [], "rolled_back": [1], "open": []},
     {"kind": "known", "environment": "e", "workflow": "w", "draft": None, "releases": [], "rolled_back": [], "open": [{"run": "r"}]},
     {"kind": "snapshot", "environment": "e", "upto": "9"}, {"kind": "outcome", "environment": "e", "run": "r", "workflow": "w"}],
)  # fmt: skip
def test_facts_that_nobody_could_merge_are_left_out(fact: object) -> None:
    good = facts(1)[0]
    part = github_payload.PayloadPart("x", 1, 1, [fact, good, {"kind": "of tomorrow", "environment": "production"}])
    found = github_payload.unpack([part])
    assert found is not None
    assert found[0] == good
    assert list(events.merge(found, "production").workflows) == ["workflow 0"]
