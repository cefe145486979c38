"""JSON that readers usually accept and that is refused here, with rule and offsets."""

import pytest

from deployer.formats import json_text


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
