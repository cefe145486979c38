"""JSON that readers usually accept and that is refused here, with rule and offsets."""

import json
from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployer.formats import json_text

KEYS = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a:b"', '"\\u003a"', '""', '"ä"'])
SCALARS = st.one_of(
    st.sampled_from(
        ["NaN", "-Infinity", "1e999", "-0", "-0.0", "1E5", "0.1", "1e-400", "true", "null", '"\\ud800"', '"\\/"', "01", "'x'", "1" * 400]
    ),
    st.integers().map(str),
    st.floats(allow_nan=False).map(repr),
    st.text(max_size=5).map(json.dumps),
    st.text(max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False)),
)
SPACE = st.sampled_from(["", " ", "\n\t"])


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.builds("{}{}:{}{}".format, SPACE, KEYS, SPACE, inner), max_size=4)
    return st.one_of(pairs.map(lambda each: "{" + ",".join(each) + "}"), st.lists(inner, max_size=3).map(lambda each: "[" + ",".join(each) + "]"))


@pytest.fixture(autouse=True, params=[0, json_text.MIN_TEXTS], ids=["few texts", "many texts"])
def texts_so_far(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_texts", count(request.param))


@pytest.mark.parametrize(
    ("text", "rule", "offsets"),
    [
        ('{"a": 1, "a": 2}', "file-duplicate-key", (9, 12)),
        ('{"a": {"b": 1, "b": 2}}', "file-duplicate-key", (15, 18)),
        ('{"a": NaN}', "file-number", (6, 9)),
        ('{"a": -Infinity}', "file-number", (6, 15)),
        ('{"a": 1e999}', "file-number", (6, 11)),
        ('{"a": ' + "1" * 4301 + "}", "file-number", (6, 4307)),
        ("[" * 201 + "]" * 201, "file-too-deep", (200, 201)),
        ('{"a": 1,}', "flow-nearly-json", (8, 9)),
        ('{"a": 1, // why\n "b": 2}', "flow-nearly-json", (9, 10)),
        ('{"a": "x', "flow-nearly-json", (6, 7)),
        ('{"a": ', "flow-nearly-json", (6, 7)),
    ],
)
def test_parse_refuses(text: str, rule: str, offsets: tuple[int, int]) -> None:
    data, ((found_rule, diagnostic),) = json_text.parse(text)
    assert data is None
    assert (found_rule, diagnostic.offsets) == (rule, offsets)


def test_parse_accepts_limits_exactly() -> None:
    data, diagnostics = json_text.parse("[" * 200 + "1" * 4300 + "]" * 200)
    assert diagnostics == ()
    for _ in range(200):
        (data,) = data
    assert data == int("1" * 4300)


def test_same_key_in_two_mappings_is_accepted() -> None:
    assert json_text.parse('{"a": {"b": 1}, "c": {"b": 1}}') == ({"a": {"b": 1}, "c": {"b": 1}}, ())


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ('{"a": 1,}', "Remove the comma."),
        ('{"a": 1 /* x */}', "Remove the comment."),
        ('{"a": "x\ny"}', "Close the quote, or write the line break as `\\n`."),
        ('{"a": "\x01"}', "Remove it, or write it as `\\u0001`."),
        ('{"a": 1', "Add the `}`, or export the file again: it may have been cut short."),
        ('{"a" 1}', "Export the file again, or repair it by hand."),
    ],
)
def test_syntax_error_has_a_fix_of_its_own(text: str, fix: str) -> None:
    assert json_text.parse(text)[1][0][1].fix == fix


@pytest.mark.parametrize(
    ("text", "opener"),
    [('{"a": [1, 2}', 6), ('{"a": {"b": "]", "c": [1, 2}}', 22), ('{"a": {"b": 1 \n', 6), ('[{"a": 1]', 1), ('{"a": 1', 0)],
)
def test_bracket_that_is_not_closed_is_the_place(text: str, opener: int) -> None:
    ((rule, diagnostic),) = json_text.parse(text)[1]
    assert (rule, diagnostic.offsets, diagnostic.message) == ("flow-nearly-json", (opener, opener + 1), f"This `{text[opener]}` is not closed.")


@pytest.mark.parametrize("text", ['{"a": ', "[1,", '{"a": {', '[1, 2 "b"]', "1 ]"])
def test_no_bracket_is_blamed_where_a_value_is_missing_or_the_brackets_fit(text: str) -> None:
    assert "is not closed" not in json_text.parse(text)[1][0][1].message


@given(st.recursive(SCALARS, _containers, max_leaves=12))
@example('{"a": {"b": ":"}, "a": 1}')
@example('{"a": "\\u003a", "a": 1}')
def test_the_quick_decoder_gives_the_same_or_nothing(text: str) -> None:
    quick = json_text._quickly_decoded(text)
    if quick is not None:
        assert repr(quick) == repr(json_text._decode(text))


def test_the_quick_decoder_reads_what_is_usual() -> None:
    text = '{"name": "a: b", "nodes": [{"id": "ä", "x": 1.5, "n": 12345678901234567890123}], "empty": {}}'
    assert json_text._quickly_decoded(text) == json.loads(text)
