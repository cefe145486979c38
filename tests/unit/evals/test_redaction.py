"""What reports show of inputs and outputs: nothing that has the form of a secret, or stands under a name for one."""

import pytest

from deployer.evals.redaction import OutputRedactor

REDACTOR = OutputRedactor(lambda text: text.replace("the-key", "***"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"password": "hunter2", "n": 1}, '{"password": "***", "n": 1}'),
        ({"token": ["abc", {"a": 12}], "on": True}, '{"token": ["***", {"a": "***"}], "on": true}'),
        ({"credentials": {"user": "u", "value": "v", "none": None}}, '{"credentials": {"user": "***", "value": "***", "none": null}}'),
        ({"text": '{"password": "hunter2"}'}, '{"text": "{\\"password\\": \\"***\\"}"}'),
        ('{"password": "hunter2"}', '{"password": "***"}'),
        ("nothing to hide", "nothing to hide"),
        (['the-key"', 1.5], '["***\\"", 1.5]'),
    ],
)
def test_what_stands_under_a_name_for_a_secret(value: object, text: str) -> None:
    assert REDACTOR.value(value) == text


@pytest.mark.parametrize("value", [{"password": "hunter2"}, {"a": {"token": [{"b": "hunter2"}]}}, {"text": '{"password": "hunter2"}'}])
def test_what_is_repeated_in_a_text_about_it(value: object) -> None:
    about = REDACTOR.beside("an input", value)
    assert about.text('password: "hunter2" is shorter than 40 characters') == 'password: "***" is shorter than 40 characters'
    assert about.text("hunter22, the-key") == "hunter22, ***", "another word; and keys as before"


def test_short_ones_are_words_of_their_own_elsewhere() -> None:
    assert REDACTOR.beside({"key": "high"}).text("how high is it") == "how high is it"


def test_long_values_are_read_in_part_and_shown_in_less() -> None:
    assert REDACTOR.value("y" * 900_000) == "y" * 599 + "…"
    assert REDACTOR.value(["y"] * 300_000).startswith('["y", "y", ')
    assert REDACTOR.value({f"n{number}": number for number in range(100_000)}).startswith('{"n0": 0, "n1": 1, ')
    assert len(REDACTOR.value({f"n{number}": "y" * 50 for number in range(10_000)})) == 600


@pytest.mark.parametrize("before", [0, 8_180, 8_185, 8_190, 4_090])
def test_secret_at_the_end_of_what_is_read_is_not_shown(before: int) -> None:
    text = "y" * before + "the-key" + "z" * 9_000
    assert "the" not in REDACTOR.head(text)
    pair = '{"password": "' + "hunter2" * 3_000 + '"}'
    assert "hunter2" not in REDACTOR.value(" " * before + pair)


def test_answer_of_thousands_of_secrets_is_not_shown_at_all() -> None:
    about = REDACTOR.beside({"password": [f"secret{number}" for number in range(100_000)]})
    assert about.text("a text") == "***"
    assert about.value({"a": 1}) == "***"
