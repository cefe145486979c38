import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.formats.positions import Path, find_places, locate
from deployer.formats.yaml import text as yaml_text
from deployer.model.choices import Language
from deployer.model.finding import Span

quick = settings(max_examples=60, derandomize=True, database=None, deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff\x85"), max_size=10)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


def every_path(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(row for key, child in children for row in every_path(child, (*path, key)))]


def piece(text: str, span: Span) -> str:
    lines = text.split("\n")
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column]
    middle = lines[span.line : span.end_line - 1]
    return "\n".join([lines[span.line - 1][span.column - 1 :], *middle, lines[span.end_line - 1][: span.end_column]])


@quick
@given(documents, st.sampled_from([None, 1]), st.booleans())
def test_json_places_hold_their_values(document: Any, indent: int | None, escaped: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=escaped)
    paths = every_path(document)
    places = find_places(text, "json", [path for path, _ in paths])
    for path, value in paths:
        assert json.loads(piece(text, places[path].value)) == value
        key = places[path].key
        assert (key is not None) == bool(path and isinstance(path[-1], str))
        if key is not None:
            assert json.loads(piece(text, key)) == path[-1]


@quick
@given(documents)
def test_yaml_flow_places_hold_their_values(document: Any) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, default_flow_style=True, width=10_000)
    for path, value in every_path(document):
        span = locate(text, "yaml", path)
        assert span is not None
        assert yaml_text.parse(piece(text, span))[0] == value


BLOCK = """\
# comment
name: Grüße 👋
steps:
  - id: a   # note
    config:
      prompt: |
        one
        two

  # note
  - {id: b, empty: , "quoted key": 'x'}
last:
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("name",), Span(2, 7, 2, 13), Span(2, 1, 2, 4)),
        (("steps",), Span(4, 3, 11, 39), Span(3, 1, 3, 5)),
        (("steps", 0), Span(4, 5, 8, 11), None),
        (("steps", 0, "id"), Span(4, 9, 4, 9), Span(4, 5, 4, 6)),
        (("steps", 0, "config", "prompt"), Span(6, 15, 8, 11), Span(6, 7, 6, 12)),
        (("steps", 1), Span(11, 5, 11, 39), None),
        (("steps", 1, "empty"), Span(11, 13, 11, 17), Span(11, 13, 11, 17)),
        (("steps", 1, "quoted key"), Span(11, 36, 11, 38), Span(11, 22, 11, 33)),
        (("last",), Span(12, 1, 12, 4), Span(12, 1, 12, 4)),
        (("steps", 2), None, None),
        (("nowhere",), None, None),
    ],
)
def test_yaml_block_places(path: Path, value: Span | None, key: Span | None) -> None:
    assert locate(BLOCK, "yaml", path) == value
    assert locate(BLOCK, "yaml", path, key=True) == key


@pytest.mark.parametrize("language", ["json", "yaml"])
def test_missing_path_has_its_nearest_ancestors_place(language: Language) -> None:
    places = find_places('{"a": {"b": [1]}}', language, [("a", "b", 7, "c"), ("a",)])
    assert places[("a", "b", 7, "c")].value == Span(1, 13, 1, 15)
    assert not places[("a", "b", 7, "c")].exact
    assert places[("a",)].exact


def test_aliased_value_has_the_place_of_its_alias() -> None:
    places = find_places("a: &x {b: 1}\nc: *x\n", "yaml", [("c", "b"), ("c",)])
    assert places[("c", "b")].value == places[("c",)].value == Span(2, 4, 2, 5)


def test_long_value_is_shown_at_its_key() -> None:
    places = find_places(BLOCK, "yaml", [("steps",), ("steps", 0)])
    assert places[("steps",)].short == Span(3, 1, 3, 5)
    assert places[("steps", 0)].short == Span(4, 5, 4, 5)


def test_lines_end_at_crlf() -> None:
    assert locate("a: 1\r\nb: x\r\n", "yaml", ("b",)) == Span(2, 4, 2, 4)
    assert locate('{"a": 1,\r\n "b": "x"}\r\n', "json", ("b",)) == Span(2, 7, 2, 9)


def test_other_separators_end_no_line() -> None:
    """YAML 1.1 breaks lines at U+2028; editors and GitHub do not."""
    assert locate("a: 'x\u2028y'\nb: z\n", "yaml", ("b",)) == Span(2, 4, 2, 4)
