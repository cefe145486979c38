"""The border where the JSON of a reply becomes values: what not every reader takes, or no writer can write again, does not get past it. Pure."""

import json
import re
from typing import Any, Final

from deployer.model.strict_json import MAX_DEPTH, NotFiniteError, RepeatedKeyError, decoder, depth

MAX_INTEGER_DIGITS: Final = 100
MIN_BYTES_PER_VALUE: Final = 32  # on average, of the largest reply: it bounds what parsed JSON takes in memory
_TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """The reply is not JSON in UTF-8, or an incomplete one."""


class OddJsonError(ValueError):
    """JSON that is refused. The message completes "JSON that ..."."""


def parse(content: bytes, max_bytes: int) -> Any:
    """The value. `max_bytes`: the largest reply of this call. Raises NotJsonError or OddJsonError, whatever the reply holds."""
    _require_few_values(content, max_bytes // MIN_BYTES_PER_VALUE)
    try:
        value = _decode(content.decode("utf-8-sig"))
    except OddJsonError:
        raise
    except RepeatedKeyError:
        raise OddJsonError("has a key twice in one object") from None
    except NotFiniteError:
        raise OddJsonError("has a number that is not finite") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise NotJsonError from None
    if content.count(b"{") + content.count(b"[") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise _too_deep()
    if _NUL.search(content):
        raise OddJsonError("has a NUL character in a text")
    if _SURROGATE.search(content) and not _is_unicode(value):
        raise OddJsonError("has half a surrogate pair in a text")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise OddJsonError(f"has an integer of more than {MAX_INTEGER_DIGITS} digits")
    return int(digits)


_decode = decoder(_integer)


def _require_few_values(content: bytes, max_values: int) -> None:
    """Each value but the first has a comma or a bracket before it. Those inside texts are looked for only where there are many."""
    excess = _separators(content) - max_values
    for text in _TEXT.finditer(content) if excess > 0 else ():
        excess -= _separators(text[0])
        if excess <= 0:
            return
    if excess > 0:
        raise OddJsonError(f"has more than {max_values:,} values")


def _separators(content: bytes) -> int:
    return content.count(b",") + content.count(b"{") + content.count(b"[")


def _too_deep() -> OddJsonError:
    return OddJsonError(f"is nested more than {MAX_DEPTH} deep")


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
