import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.formats.yaml import event_stream
from deployer.formats.yaml import text as yaml_text

quick = settings(max_examples=60, derandomize=True, database=None, deadline=None)
# Not what is a number in YAML 1.2 alone (08, 1e5): PyYAML follows 1.1, and leaves that without quotes.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"), max_size=12).filter(
    lambda text: not re.match(r"[-+]?\.?[0-9]", text)
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("2024-01-15", "2024-01-15"),
        ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00Z"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("1.0.3", "1.0.3"),
        (".", "."),
        ("'7'", "7"),
        ('"true"', "true"),
        ("!!str 7", "7"),
        ("!!int '7'", 7),
        ("|-\n  7", "7"),
    ],
)
def test_plain_words_have_their_json_value(word: str, value: object) -> None:
    data, diagnostics = yaml_text.parse(f"a: {word}\n")
    assert diagnostics == ()
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


@quick
@given(documents)
def test_parse_reads_what_pyyaml_writes(document: object) -> None:
    """Everything of JSON's kinds survives; PyYAML quotes what YAML 1.1 would misread."""
    data, diagnostics = yaml_text.parse(yaml.safe_dump(document, allow_unicode=True))
    assert (data, diagnostics) == (document, ())


def test_alias_has_the_value_of_its_anchor() -> None:
    data, _ = yaml_text.parse("a: &x {b: [1]}\nc: *x\nd: &y text\ne: *y\n")
    assert data == {"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "e": "text"}


def test_anchor_may_be_redefined() -> None:
    assert yaml_text.parse("[&x 1, *x, &x 2, *x]")[0] == [1, 1, 2, 2]


def test_many_aliases_of_small_values_are_accepted() -> None:
    data, diagnostics = yaml_text.parse("a: &x {b: c}\nd: [" + "*x, " * 10_000 + "]")
    assert diagnostics == ()
    assert len(data["d"]) == 10_000


def test_parse_reports_every_diagnostic_of_one_pass() -> None:
    _, diagnostics = yaml_text.parse("a: 1\na: 2\n3: x\nb: .inf\n<<: {}\n")
    assert [rule for rule, _ in diagnostics] == ["file-duplicate-key", "yaml-key", "file-number", "yaml-merge-key"]


@pytest.mark.parametrize("comment", ["# flowship: ignore http-timeout -- once", "# a comment"])
@pytest.mark.parametrize("text", ["a: [1, {b: c}]  %s\nd: |\n  e\n", "a: &b c  %s\nd: *b\n", "a: 1  %s\na: .inf\n"])
def test_marks_of_a_text_that_was_parsed_are_those_of_any_other(text: str, comment: str) -> None:
    """The events of a text with a comment for the linter are kept, and taken once."""
    text %= comment
    expected = list(event_stream.yaml_marks(text))
    yaml_text.parse(text)
    assert [list(event_stream.yaml_marks(text)) for _ in range(2)] == [expected, expected]


def test_a_comment_for_the_linter_changes_nothing_of_a_text_that_is_no_yaml() -> None:
    found = [[row[0] for row in yaml_text.parse(f"{start}a: 1\na: 2\nb: [\n")[1]] for start in ("", "# flowship: ignore x -- y\n")]
    assert found[0] == found[1] == ["file-duplicate-key", "yaml-syntax"]


def test_events_are_kept_of_some_texts_only() -> None:
    for number in range(1000):
        yaml_text.parse(f"# flowship: ignore x -- {number}{'.' * 2000}\na: 1\n")
    assert sum(map(len, event_stream._kept)) <= 400_000


def test_python_parser_gives_the_same_events_as_libyaml() -> None:
    """Where PyYAML was built without libyaml, its own parser gives the same events."""
    text = "a: [1, {b: c}]\nd: |\n  e\n"
    events = [[type(event).__name__ for event in iter(parser(text).get_event, None)] for parser in (event_stream.new_parser, yaml.SafeLoader)]
    assert events[0] == events[1]


@pytest.mark.parametrize(
    ("text", "opener"),
    [
        ("name: [a, b\nother: [x]\n", 6),
        ("a: {b: 1, c: 2\nd: e\n", 3),
        ("name: [\n", 6),
        ("steps:\n  - {id: a, config: {x: 1}\n  - {id: b}\n", 11),
        ("x: [a, [b, c]\ny: don't  # ]\n", 3),
        ('x: [\'é]\', "]\\"]"\ny: 1\n', 3),
    ],
)
def test_bracket_that_is_not_closed_is_the_place(text: str, opener: int) -> None:
    ((rule, diagnostic),) = yaml_text.parse(text)[1]
    assert (rule, diagnostic.offsets) == ("yaml-syntax", (opener, opener + 1))
    assert diagnostic.message == f"This is not YAML. This `{text[opener]}` is not closed."


@pytest.mark.parametrize("text", ['a: ["b" c]\n', "a: [b, ]]\n", "a: [1, 2}\n", 'a: {b: "c" d}\n'])
def test_no_bracket_is_blamed_that_is_closed(text: str) -> None:
    assert "is not closed" not in yaml_text.parse(text)[1][0][1].message
