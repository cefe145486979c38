"""The second reader of JSON takes nothing that the strict one refuses, and gives the same values; whatever else it may leave to that one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployer.formats import json_text, quick_json

ROOT = Path(__file__).parents[3]

_BLANKS = st.sampled_from([*[""] * 20, *[" ", "\n", "\t", "\r\n "] * 5, "\x0b", "\ufeff"])
_PIECES = st.sampled_from(
    [
        *["a", ":", ' \\":', "{", "[", "\\u003a", "\\u0061", "\\\\u003a", "\\n", "\\/", "é", "件", "😀", "\x7f"] * 5,
        "\\ud800",
        "\\udc00",
        "\\:",
        "\x1f",
        '"',
    ]
)
_TEXTS = st.lists(_PIECES, max_size=4).map(lambda pieces: f'"{"".join(pieces)}"')
_KEYS = st.sampled_from(['"a"', '"a"', '"\\u0061"', '"b"', '"c:"', '"\\u003a"', '":"', '"é"', '""']) | _TEXTS
_DIGITS = st.text("0123456789", min_size=1, max_size=25)
_NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    st.tuples(st.sampled_from(["", "-"]), _DIGITS, _DIGITS, st.sampled_from(["", "e", "E+", "E-", "e0"]), st.integers(0, 330)).map(
        lambda parts: f"{parts[0]}{parts[1]}.{parts[2]}" + (f"{parts[3]}{parts[4]}" if parts[3] else "")
    ),
    st.sampled_from([*["-0", "-0.0", "0", "5e-324", "1e-400", "1E5", "10.0"] * 3, "NaN", "-Infinity", "01", "1.", ".5", "1e400", "-1e400"]),
)


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(st.tuples(_BLANKS, values, _BLANKS).map("".join), max_size=4)
    pairs = st.lists(st.tuples(_BLANKS, _KEYS, _BLANKS, st.just(":"), _BLANKS, values, _BLANKS).map("".join), max_size=4)
    return items.map(lambda parts: f"[{','.join(parts)}]") | pairs.map(lambda parts: f"{{{','.join(parts)}}}")


_DOCUMENTS = st.recursive(_NUMBERS | _TEXTS | st.sampled_from([*["true", "false", "null"] * 5, "tru", ""]), _containers, max_leaves=12)


@pytest.fixture(autouse=True)
def _worth_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_json, "BYTES_WORTH_THE_IMPORT", 0)


def _typed(value: Any) -> str:
    """Tells 1 from 1.0, 0.0 from -0.0, and keeps the order of keys."""
    return repr(value)


@given(_DOCUMENTS)
@example('{"a":1,"a":":"}')
@example('{"a":1,"a":"\\u003a"}')
@example('{"a":"\\u003a","a":2}')
@example('{"\\u003a":1,"a":2,"a":3}')
@example('{"a":1,"\\u0061":2}')
@example('{"a":{"b":1,"b":2},":":":"}')
@example("[" * 201 + "]" * 201)
@example("1" * 4301)
@example("1" * 4300)
def test_value_is_that_of_the_strict_reader_or_left_to_it(text: str) -> None:
    value = quick_json.decode(text.encode())
    if value is not quick_json.UNDECIDED:
        strict, diagnostics = json_text.parse(text)
        assert diagnostics == ()
        assert _typed(value) == _typed(strict)


@given(
    st.binary(max_size=30) | _DOCUMENTS.map(lambda text: text.encode("utf-16-le")) | _DOCUMENTS.map(lambda text: text.encode("latin-1", "replace"))
)
@example(b'"\xed\xa0\x80"')
@example(b'"\xc0\x80"')
@example(b'{"\xff":1}')
@example(b"\xef\xbb\xbf{}")
def test_bytes_that_are_no_utf8_are_left(content: bytes) -> None:
    value = quick_json.decode(content)
    if value is not quick_json.UNDECIDED:
        strict, diagnostics = json_text.parse(content.decode("utf-8"))
        assert diagnostics == ()
        assert _typed(value) == _typed(strict)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '{"b":{"a":1, "a" :1}}', '{"a":1,"a":{":":":"}}', '{"a":"x\\u003ay"}', "NaN", "[" * 201 + "]" * 201, "{", ""]
)
def test_what_is_refused_or_rare_is_left_to_the_strict_reader(text: str) -> None:
    assert quick_json.decode(text.encode()) is quick_json.UNDECIDED


@pytest.mark.parametrize("text", ['{"url": "https://a.example:80/", "a" : [1, -0.0, {"a": "é"}]}', "[" * 200 + "]" * 200, '{"a": "say \\"x\\": y"}'])
def test_usual_json_is_taken(text: str) -> None:
    assert _typed(quick_json.decode(text.encode())) == _typed(json.loads(text))


def test_library_is_imported_once_much_was_read() -> None:
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from deployer.formats import quick_json
content = b"[" + b"1," * 500_000 + b"1]"
while quick_json.decode(content) is quick_json.UNDECIDED:
    assert "msgspec" not in sys.modules
    print("left")
assert "msgspec" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("left") == 4  # of a megabyte each
