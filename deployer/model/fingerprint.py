"""The fingerprint: what makes two definitions the same one.

SHA-256 of the canonical JSON (keys sorted, UTF-8, no spaces), without what changes at every export (`exportTime`,
a GPTBots `.flow` field); of the bytes for an opaque file.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

VOLATILE_FIELDS = frozenset({"exportTime"})


def canonical(definition: object) -> bytes:
    """Canonical JSON as UTF-8. Lone surrogates (legal in JSON escapes) are kept, so that no two texts become one."""
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def of_definition(definition: Mapping[str, Any]) -> str:
    """64 hex digits for a parsed definition; top-level fields that change at every export do not count."""
    lasting = {key: value for key, value in definition.items() if key not in VOLATILE_FIELDS}
    return hashlib.sha256(canonical(lasting)).hexdigest()


def same(one: str, other: str) -> bool:
    """Do two fingerprints name one definition? A marker holds only the first 32 digits of its own."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def of_bytes(content: bytes) -> str:
    """64 hex digits for an opaque file."""
    return hashlib.sha256(content).hexdigest()
