"""Fingerprints: two definitions with the same one are the same.

SHA-256 of the canonical JSON (keys sorted, UTF-8, no spaces) without the top-level fields that change at every export (`exportTime`);
of the bytes for an opaque file.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from deployer.model.errors import UsageError

VOLATILE_FIELDS = frozenset({"exportTime"})


def canonical(definition: object) -> bytes:
    """Canonical JSON as UTF-8. Lone surrogates (legal in JSON escapes) are kept, so that different texts stay different."""
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def of_definition(definition: Mapping[str, Any]) -> str:
    """64 hex digits for a parsed definition, without `VOLATILE_FIELDS`."""
    stable = {key: value for key, value in definition.items() if key not in VOLATILE_FIELDS}
    return hashlib.sha256(canonical(stable)).hexdigest()


def same_hash(one: str, other: str) -> bool:
    """True when two fingerprints (or commits) are the same. Either may be abbreviated; an empty one is never the same."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def of_bytes(content: bytes) -> str:
    """64 hex digits for an opaque file."""
    return hashlib.sha256(content).hexdigest()


def checked_plan_hash(value: str) -> str:
    """The hash, or "". Raises UsageError for what no plan can have, such as the first digits of a hash."""
    if value and not re.fullmatch("[0-9a-f]{64}", value):
        fix = "Copy the whole hash, which stands at the end of a plan."
        raise UsageError(f"`plan-hash` is {value!r}: a plan's hash has 64 digits, 0 to 9 and a to f.", fix=fix)
    return value
