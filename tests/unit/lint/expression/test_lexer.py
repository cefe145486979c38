"""Expression text to tokens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.lexer import tokenize, unquote

WHITE_SPACE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))  # JavaScript's


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)[:-1]]


def test_tokens_of_every_kind() -> None:
    assert kinds("a_1 + 'b' <= 1.5 && \"c\"") == [
        ("name", "a_1"), ("sign", "+"), ("text", "'b'"), ("sign", "<="), ("number", "1.5"), ("sign", "&&"), ("text", '"c"'),
    ]  # fmt: skip


def test_white_space_is_that_of_javascript() -> None:
    spaces = {char for char in map(chr, range(0x10000)) if kinds(f"a{char}b") == [("name", "a"), ("name", "b")]}
    assert spaces == set(WHITE_SPACE)


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", "+", "-", "*", "/", "%", ".", "[", "]", "(", ")", ","])
def test_signs(sign: str) -> None:
    assert kinds(f"a{sign}b") == [("name", "a"), ("sign", sign), ("name", "b")]


@pytest.mark.parametrize(
    "sign", ["===", "!==", "??", "?.", "=>", "=", "&", "|", "^", "~", "@", "#", ";", "{", "}", "`", "++", "--", "**", "+=", "//", "/*", "..."]
)
def test_the_first_sign_that_the_page_does_not_show_ends_the_tokens(sign: str) -> None:
    assert kinds(f"a{sign}b") == [("name", "a"), ("odd", sign)]


@pytest.mark.parametrize(
    "word", ["$a", "a$b", "\\u0061", "²", "01", "0x1F", "1n", "1e3", "1_000", ".5", "5.", "3a", "1.5.x", "'a\nb'", r"'\x41'", r"'\q'"]
)
def test_name_number_or_text_that_the_page_does_not_show_is_one_token(word: str) -> None:
    assert kinds(word + " b") == [("odd", word)]


def test_a_question_mark_before_a_fraction_is_a_ternary() -> None:
    assert [text for _, text in kinds("a?.5:1")] == ["a", "?", ".5"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [(r"'it\'s'", "it's"), (r'"a\"b"', 'a"b'), (r"'a\nb\tc\v'", "a\nb\tc\v"), (r"'\\'", "\\"), ("''", "")],
)
def test_quoted_texts(written: str, meant: str) -> None:
    assert kinds(written) == [("text", written)]
    assert unquote(written) == meant


def test_a_quote_that_is_not_closed_ends_the_tokens() -> None:
    assert kinds("'it''s") == [("text", "'it'"), ("odd", "'")]


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(st.text(max_size=60))
def test_every_character_up_to_the_last_token_is_in_one_token_or_is_a_blank(text: str) -> None:
    *found, last = tokenize(text)
    assert (last.kind, last.start, last.end) == ("end", len(text), len(text))
    left = list(text)
    for token in found:
        assert text[token.start : token.end] == token.text
        left[token.start : token.end] = [" "] * (token.end - token.start)
    read = found[-1].end if found and found[-1].kind == "odd" else len(text)
    assert not "".join(left[:read]).strip(WHITE_SPACE)
