"""Facts as payloads of GitHub Deployments, and back: pure. JSON, compressed where it is long, split where it is longer still.

A payload holds 32 KB; no published page says how much GitHub takes. What others post under our environment's name is read with
care: what is not of our shape counts for nothing, and no payload unpacks to more than `LARGEST`.
"""

import base64
import binascii
import json
import secrets
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from deployer.model.errors import UsageError
from deployer.state.base import DeployRecord
from deployer.state.events import Event

FORMAT = 1
LIMIT = 32 * 1024  # characters of one payload's JSON
LARGEST = 64 * 1024 * 1024  # bytes that a parcel may unpack to
_AROUND = 200  # characters of a part's own fields
_NUMBERS = frozenset(field.name for field in fields(DeployRecord) if field.type in (int, "int"))
_TEXTS = frozenset(field.name for field in fields(DeployRecord)) - _NUMBERS


class PayloadPart(NamedTuple):
    """One payload. `parcel` is the same in all parts of one; `number` counts from 1."""

    parcel: str
    number: int
    of: int
    content: Any


def pack(facts: Sequence[Event]) -> list[dict[str, Any]]:
    """The payloads that hold these facts, in order. One, unless they are many."""
    head = {"flowship": FORMAT, "parcel": secrets.token_hex(8)}
    plain = {**head, "part": 1, "of": 1, "facts": list(facts)}
    if len(json.dumps(plain)) <= LIMIT:
        return [plain]
    packed = base64.b64encode(zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 9)).decode()
    size = LIMIT - _AROUND
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    return [{**head, "part": number, "of": len(pieces), "packed": piece} for number, piece in enumerate(pieces, 1)]


def part(payload: object) -> PayloadPart | None:
    """A payload as it came back; None when it is not of our shape. Raises UsageError for one of a newer format."""
    if isinstance(payload, str):
        payload = _json(payload)
    if not isinstance(payload, dict) or not isinstance(payload.get("flowship"), int):
        return None
    if payload["flowship"] > FORMAT:
        found = payload["flowship"]
        raise UsageError(
            f"The state on GitHub was written by a newer Flowship: its format is {found}, and this version reads {FORMAT}. Nothing was written.",
            fix="Use the version that wrote it, or a newer one.",
            code="state-newer",
        )
    parcel, number, of = payload.get("parcel"), payload.get("part"), payload.get("of")
    if not isinstance(parcel, str) or not isinstance(number, int) or not isinstance(of, int) or not 1 <= number <= of:
        return None
    content = payload.get("packed", payload.get("facts"))
    return PayloadPart(parcel, number, of, content) if isinstance(content, str | list) else None


def unpack(parts: Iterable[PayloadPart]) -> list[Event] | None:
    """The facts in all parts of one parcel; None when one is missing or they cannot be read. What is not of our shape is left out."""
    every = list(parts)
    known = {each.number: each.content for each in every}
    of = max((each.of for each in every), default=0)
    if set(known) != set(range(1, of + 1)):
        return None
    facts = known[1] if of == 1 and isinstance(known[1], list) else _unpacked([known[number] for number in range(1, of + 1)])
    return [fact for fact in facts if _sound(fact)] if isinstance(facts, list) else None


def _unpacked(pieces: Sequence[object]) -> object:
    try:
        packed = base64.b64decode("".join(str(piece) for piece in pieces), validate=True)
        machine = zlib.decompressobj()
        text = machine.decompress(packed, LARGEST)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return None if machine.unconsumed_tail or not machine.eof else _json(text.decode("utf-8", "replace"))


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _sound(fact: object) -> bool:
    """Is it a fact that `lines` can read? (A kind that it does not know, it passes over.)"""
    if not isinstance(fact, dict) or not _text(fact, "kind", "environment"):
        return False
    look = _LOOKS.get(fact["kind"])
    return look is None or look(fact)


def _is_intent(fact: Mapping[str, Any]) -> bool:
    each = fact.get("workflows")
    return _text(fact, "run", "commit") and isinstance(each, dict) and all(map(_is_intended, each.values()))


def _is_record(fact: Mapping[str, Any]) -> bool:
    return _text(fact, "run", "workflow") and all(_is_entry(fact[name]) for name in ("draft", "live") if name in fact)


def _is_known(fact: Mapping[str, Any]) -> bool:
    releases, rolled_back, open_, unended = fact.get("releases"), fact.get("rolled_back"), fact.get("open"), fact.get("unended", [])
    if not isinstance(releases, list) or not isinstance(rolled_back, list) or not isinstance(open_, list) or not isinstance(unended, list):
        return False
    draft = fact.get("draft", ...)
    whole = (draft is None or _is_entry(draft)) and all(map(_is_entry, releases))
    evals, unchecked = fact.get("evals", []), fact.get("unchecked")
    whole = whole and isinstance(evals, list) and all(map(_is_checked, evals)) and (unchecked is None or _is_entry(unchecked))
    return whole and _text(fact, "workflow") and all(isinstance(each, str) for each in rolled_back) and all(map(_is_open, (*open_, *unended)))


def _is_checked(each: object) -> bool:
    """A share and a time that are numbers, a verdict that is one: what a reader calculates with."""
    if not isinstance(each, dict) or not isinstance(each.get("fingerprint"), str) or not isinstance(each.get("passed", True), bool):
        return False
    numbers = (each.get(name) for name in ("rate", "seconds", "time", "runs", "tokens", "cost"))
    return all(number is None or (isinstance(number, int | float) and not isinstance(number, bool)) for number in numbers)


def _is_open(each: object) -> bool:
    return _is_intended(each) and isinstance(each, dict) and _text(each, "run", "commit")


def _is_intended(each: object) -> bool:
    return isinstance(each, dict) and _text(each, "action", "fingerprint", "attempt")


def _is_entry(each: object) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("fingerprint"), str):
        return False
    return all(isinstance(value, int if name in _NUMBERS else str) for name, value in each.items() if name in _TEXTS | _NUMBERS)


def _text(fact: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(fact.get(name), str) for name in names)


_LOOKS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "intent": _is_intent,
    "record": _is_record,
    "forgotten": lambda fact: _text(fact, "run", "workflow"),
    "outcome": lambda fact: _text(fact, "run", "workflow", "outcome"),
    "checked": lambda fact: _text(fact, "run", "workflow") and _is_checked(fact.get("checked")),
    "known": _is_known,
    "snapshot": lambda fact: isinstance(fact.get("upto"), int),
}
