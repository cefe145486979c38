"""JSON as a hostile or broken server may send it, for hypothesis: any value, and good replies of which something was changed.

What only Python reads is among it: NaN, Infinity, integers without end, lone surrogates, NUL characters.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from deployer.http.clock import Clock
from deployer.http.transport import RawReply

_NUMBERS = (0, -1, 1, 404, 2**63, 10**50, 10**400, -(10**400), 0.5, 1e300, float("nan"), float("inf"), float("-inf"))
_TEXTS = ("", "0", "a\x00b", "\ud800", "😀", "x" * 3000, "\u202e", "::error::x", "..", "/", "PUBLISHED", "active", "HTTP x", "HTTP 404")
ODD_LEAVES: tuple[Any, ...] = (None, True, False, *_NUMBERS, *_TEXTS, [], {}, [[]], [None], {"id": None}, [{}], [1])
LEAVES = st.one_of(st.sampled_from(ODD_LEAVES), st.integers(), st.floats(), st.text(max_size=20))


class NoWaiting(Clock):
    """Time that no wait takes."""

    def wait(self, seconds: float) -> bool:
        return True


class Answering:
    """A transport that answers everything the same."""

    def __init__(self, status: int, content: bytes) -> None:
        self._reply = RawReply(True, status, {}, content)

    def exchange(self, *_: object) -> RawReply:
        return self._reply


def values(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Any JSON, its keys often among those names."""
    keys = st.one_of(st.sampled_from(names), st.text(max_size=5)) if names else st.text(max_size=5)
    return st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)), max_leaves=12)


@st.composite
def replies(draw: st.DrawFn, good: Any) -> bytes:
    """A reply's body: any JSON, or the good one with up to three places replaced, removed, or given twice."""
    names = tuple(sorted(set(_names(good))))
    if draw(st.booleans()):
        return _written(draw(values(names)))
    body = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(body))
        holder, key = draw(st.sampled_from(places)) if places else (None, None)
        if holder is None:
            body = deepcopy(draw(values(names)))
        elif draw(st.integers(0, 4)) == 0:
            del holder[key]
        else:
            holder[key] = deepcopy(draw(values(names)))  # the leaves are shared
    text = _written(body)
    return text if draw(st.integers(0, 9)) else text.replace(b"{", b'{"id": 1, ', 1)


def changed_replies(good: Any) -> Iterator[bytes]:
    """The good one with one place of it replaced by each odd leaf in turn, or removed."""
    for number in range(len(list(_places(good)))):
        for leaf in (*ODD_LEAVES, good):
            body = json.loads(json.dumps(good))
            holder, key = list(_places(body))[number]
            if leaf is good:
                del holder[key]
            else:
                holder[key] = leaf
            yield _written(body)


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(inner)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in it: what holds it, and under which key."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)
