"""JSON at the border: what becomes values, and what is refused, with its reason."""

import json

import pytest

from deployer.http.json_values import MIN_BYTES_PER_VALUE, NotJsonError, OddJsonError, parse

MIB = 1024 * 1024


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 10**99, 1.5, 1e308, "", "\t\n", "ü", "😀", "\\u0000", [], {}, {"a": [1, {"b": None}]}, "a,b" * 50_000],
)
def test_what_any_reader_takes_becomes_the_value(value: object) -> None:
    for ascii_only in (True, False):
        assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), MIB) == value


def test_a_byte_order_mark_is_no_part_of_the_value() -> None:
    assert parse(b"\xef\xbb\xbf[1]", MIB) == [1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"NaN", "a number that is not finite"),
        (b"[-Infinity]", "a number that is not finite"),
        (b"1e999", "a number that is not finite"),
        (b"9" * 101, "an integer of more than 100 digits"),
        (b"-" + b"9" * 5000, "an integer of more than 100 digits"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "a key twice in one object"),
        (b"[" * 201 + b"]" * 201, "nested more than 200 deep"),
        (b"[" * 20_000 + b"]" * 20_000, "nested more than 200 deep"),
        (rb'"a\u0000"', "a NUL character"),
        (rb'{"\\\u0000": 1}', "a NUL character"),
        (rb'"\ud800"', "half a surrogate pair"),
        (rb'["\ude00\ud83d"]', "half a surrogate pair"),
        (b"[" + b"{}," * 40_000 + b"1]", "more than 32,768 values"),
    ],
)
def test_what_only_some_readers_take_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(OddJsonError, match=reason):
        parse(content, MIB)


@pytest.mark.parametrize("content", [b"", b"{", b"[1,]", b"\xff", b'"\xed\xa0\x80"', b'"\x00"', b"\xff\xfe[\x00]\x00", b"<html>"])
def test_what_is_no_json_in_utf8_is_no_json(content: bytes) -> None:
    with pytest.raises(NotJsonError):
        parse(content, MIB)


@pytest.mark.parametrize("text", [b"a,{[", rb"\",", b"\\\\,", rb"\n,", b",\\"])
def test_commas_and_brackets_inside_a_text_are_no_values(text: bytes) -> None:
    """Also in a text without its end, and one that is nothing but escapes: each takes one look."""
    many = text * 40_000
    with pytest.raises((NotJsonError, OddJsonError)) as refused:
        parse(b'["' + many, MIN_BYTES_PER_VALUE * 10)
    assert isinstance(refused.value, NotJsonError)
