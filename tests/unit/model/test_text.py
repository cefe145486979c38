"""Text of others on one line, with everything visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.text import cut, cut_bytes, encodable, first_names, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größer 日本 \u3000\u00a0x", "größer 日本 \u3000\u00a0x"),
        ("a\r\nb\tc\x00\x1b", "a\\r\\nb\\tc\\x00\\x1b"),
        ("\x85\u2028\u2029", "\\x85\\u2028\\u2029"),
        ("\u202eevil\u202c\u2066\u200f", "\\u202eevil\\u202c\\u2066\\u200f"),
        ("te\u200bam\ufeff\u00ad", "te\\u200bam\\ufeff\\xad"),
        ("a\u200db", "a\\u200db"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u200d", "\\u200d"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_invisible_characters_are_shown(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text())
def test_one_line_is_idempotent(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert one_line(shown) == shown
    shown.encode()


@given(st.text(), st.integers(4, 50))
def test_cuts_keep_their_limit(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit
    assert len(cut_bytes(text, limit).encode("utf-8", "backslashreplace")) <= limit
    if len(text.encode("utf-8", "backslashreplace")) <= limit:
        assert cut(text, limit) == cut_bytes(text, limit) == text


def test_unencodable_characters_are_shown() -> None:
    assert encodable("a→b", "ascii") == "a\\u2192b"
    assert encodable("a→b", None) == "a→b"


def test_first_names_counts_those_left_out() -> None:
    assert first_names(["a", "b"]) == "a, b"
    assert first_names(["a", "b", "c", "d"], 2) == "a, b and 2 more"
