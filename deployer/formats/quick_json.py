"""A second reader of JSON, in C, for whoever reads much of it. It takes some of what the strict one takes, with the same result, and leaves the rest
to that: whatever is to be refused, and numbers and escapes that are rare.

It is imported once so many bytes were read that it would have saved the time of its import, some 20 ms: that of about a thousand files.
"""

from __future__ import annotations

import sys

from deployer.model.strict_json import MAX_DEPTH, depth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNDECIDED = object()
BYTES_WORTH_THE_IMPORT = 4_000_000
_ESCAPED_COLON = b"\\u003"  # or another character of 16, or a backslash before `u003`
_NO_MARKS = bytes(set(range(256)) - set(b":{["))

_bytes_read = 0
_msgspec: Any = None


def decode(content: bytes) -> Any:
    """The value, or UNDECIDED where the strict reader has to decide.

    A key that an object has twice is found by the colons: one stands after each key, and others in texts alone. What is read back from
    the value has all of them, unless something was dropped, and with it at least the colon after its key.
    """
    global _bytes_read, _msgspec  # noqa: PLW0603 - of this process; a count that two threads change at once may be too low
    if _msgspec is None:
        if "msgspec" not in sys.modules and _bytes_read < BYTES_WORTH_THE_IMPORT:
            _bytes_read += len(content)
            return UNDECIDED
        import msgspec as _msgspec
    if b"\\" in content and _ESCAPED_COLON in content:  # a single sign is found in a tenth of the time
        return UNDECIDED
    try:
        value = _msgspec.json.decode(content)
        colons = _msgspec.json.encode(value).count(b":")
    except (_msgspec.DecodeError, OverflowError, RecursionError):
        return UNDECIDED
    marks = content.translate(None, _NO_MARKS)  # quicker than counting each in the whole
    if colons != marks.count(b":") or (len(marks) - colons > MAX_DEPTH and depth(value) > MAX_DEPTH):
        return UNDECIDED
    return value
