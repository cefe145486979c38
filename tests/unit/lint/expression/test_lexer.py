"""Expression text to tokens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.lexer import tokenize, unquote
from deployer.lint.expression.nodes import ExpressionSyntaxError


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)[:-1]]


def test_tokens_of_every_kind() -> None:
    assert kinds("a_1 + 'b' <= 1.5e3 && \"c\"") == [
        ("name", "a_1"), ("sign", "+"), ("text", "'b'"), ("sign", "<="), ("number", "1.5e3"), ("sign", "&&"), ("text", '"c"'),
    ]  # fmt: skip


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", "+", "-", "*", "/", "%", ".", "[", "]", "(", ")", ","])
def test_signs(sign: str) -> None:
    assert kinds(f"a{sign}b") == [("name", "a"), ("sign", sign), ("name", "b")]


@pytest.mark.parametrize("sign", ["===", "!==", "??", "?.", "=>", "=", "&", "|", "^", "~", "@", "#", "$", ";", "{", "}", "\\", "`"])
def test_signs_that_the_page_does_not_show(sign: str) -> None:
    assert kinds(f"a{sign}b") == [("name", "a"), ("odd", sign), ("name", "b")]


def test_a_question_mark_before_a_fraction_is_a_ternary() -> None:
    assert [text for _, text in kinds("a?.5:1")] == ["a", "?", ".", "5", ":", "1"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("'it''", None), (r"'it\'s'", "it's"), (r'"a\"b"', 'a"b'), (r"'a\nb\tc'", "a\nb\tc"), (r"'\\'", "\\"), (r"'\q'", "q"), ("''", "")],
)
def test_quoted_texts(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(ExpressionSyntaxError) as caught:
            tokenize(written)
        assert (caught.value.problem.start, caught.value.problem.end) == (4, 5)
    else:
        assert kinds(written) == [("text", written)]
        assert unquote(written) == meant


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.text(max_size=60))
def test_every_character_is_in_one_token_or_is_a_blank(text: str) -> None:
    try:
        found = tokenize(text)
    except ExpressionSyntaxError:
        assert "'" in text or '"' in text
        return
    left = list(text)
    for token in found:
        assert text[token.start : token.end] == token.text
        left[token.start : token.end] = [" "] * (token.end - token.start)
    assert not "".join(left).strip()
