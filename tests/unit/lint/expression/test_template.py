"""Where expressions begin and end in a text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.template import find_expression_spans, parse_parts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no braces, {one}, }} and { {", []),
        ("{{a}}", ["a"]),
        ("{{a}}{{b}} and {{ c }}", ["a", "b", " c "]),
        ("{{'}}'}} {{b}}", ["'}}'", "b"]),
        ('{{"{{"}} {{b}}', ['"{{"', "b"]),
        (r"{{'\'}}'}}", [r"'\'}}'"]),
        ("{{it's}} and {{it's}}", ["it's", "it's"]),
        ('{"a": {"b": {{c}}}}', ["c"]),
        ('{"a":{{{c}}}}', ["c"]),
        ("{{a {{b}}", [None, "b"]),
        ("{{a", [None]),
        ("{{", [None]),
        ("{{}}", [""]),
    ],
)
def test_spans_between_braces(value: str, expected: list[str | None]) -> None:
    assert [value[start:end] if end >= 0 else None for start, end in find_expression_spans(value)] == expected


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.lists(st.sampled_from(["{{", "}}", "{", "}", "'", '"', "a", " ", "\\", "\n"]), max_size=30).map("".join))
def test_spans_are_in_order_and_inside(value: str) -> None:
    last = 0
    for start, end in find_expression_spans(value):
        assert value[start - 2 : start] == "{{"
        assert start >= last + 2
        assert end == -1 or (end >= start and value[end : end + 2] == "}}")
        last = end + 2 if end >= 0 else start
    assert len(parse_parts(value)) <= len(find_expression_spans(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a {{ {a: {b: 1}} }} b", [" {a: {b: 1}} "]),
        ("{{{a: 1}}} {{b}}", ["{a: 1}", "b"]),
        ("{{[1].map(x => {})}}{{x => {}}}", ["[1].map(x => {})", "x => {}"]),
        ("{{`${{a: 1}.a}`}} {{b}}", ["`${{a: 1}.a}`", "b"]),
        ("{{`}}`}} {{/}}/}}", ["`}}`", "/}}/"]),
        ('{"a":{{{c d}}}}', ["c d"]),
        ("{{ {a: }} {{b}}", [" {a: ", "b"]),
    ],
)
def test_expression_with_braces_of_its_own_ends_where_it_is_javascript(value: str, expected: list[str]) -> None:
    assert [part.text for part in parse_parts(value)] == expected


@pytest.mark.parametrize("piece", ["{{'", "{{", "{{'{{", '{{"}}', "{{a'}}", "'{{\\", "{"])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """A quadratic reader would take minutes for this."""
    assert len(find_expression_spans(piece * 100_000)) <= 200_000
