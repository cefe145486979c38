"""Every character of a value is mapped to its place in the source, however the scalar is written."""

import string

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.formats import positions
from deployer.formats.yaml import text as yaml_text
from deployer.formats.yaml.scalar import origins

quick = settings(max_examples=150, derandomize=True, database=None, deadline=None)
texts = st.text(st.sampled_from("ab {}'\"\\\n\t:#-\u00e9\U0001f600.0!"), max_size=40)


def offsets(text: str, key: str = "k") -> tuple[str, list[int]]:
    """The value at that key, and the offset in the text of each of its characters."""
    value = yaml_text.parse(text)[0][key]
    place = positions.find_places(text, "yaml", [(key,)])[key,]
    relative = origins(text[place.start : place.end], value)
    assert relative is not None, text
    return value, [place.start + offset for offset in relative]


def misplaced(text: str) -> list[str]:
    """The characters mapped to a wrong place: a plain character maps to itself; a space or break may come from folding, anything from an escape."""
    value, mapped = offsets(text)
    wrong = [f"{character!r} at {offset}" for character, offset in zip(value, mapped) if not fits(character, text[offset])]
    wrong += ["the order"] if mapped != sorted(mapped) else []
    return wrong + (["the end"] if value[len(mapped) :].strip() else [])


def fits(character: str, source: str) -> bool:
    return character in " \n" or source in (character, "\\")


@quick
@given(texts, st.sampled_from([None, "'", '"', "|", ">"]), st.sampled_from([8, 20, 200]))
def test_origins_of_every_scalar_that_pyyaml_writes(value: str, style: str | None, width: int) -> None:
    assert misplaced(yaml.safe_dump({"a": 1, "k": f"x{value}x", "z": 2}, default_style=style, width=width, allow_unicode=True)) == []


@quick
@given(
    st.lists(st.text(string.ascii_letters + " \t", max_size=12), min_size=1, max_size=8), st.sampled_from(["|", ">", "|-", ">+", "|2", ">2- # why"])
)
def test_origins_in_blocks(lines: list[str], header: str) -> None:
    assert misplaced(f"k: {header}\n  first\n" + "".join(f"  {line}\n" for line in lines) + "z: 1\n") == []


@quick
@given(st.lists(st.sampled_from(["a", " ", "\n  ", "''", "b{{c}}"]), max_size=12))
def test_origins_in_single_quotes_over_several_lines(parts: list[str]) -> None:
    assert misplaced(f"k: 'x{''.join(parts)}x'\nz: 1\n") == []


@quick
@given(st.lists(st.sampled_from(["a", " ", "\n  ", '\\"', "\\\n  ", "\\u00e9", "\\x41", "\\U0001F600", "\\t", "\\ ", "'", "b{{c}}"]), max_size=12))
def test_origins_in_double_quotes_over_several_lines(parts: list[str]) -> None:
    assert misplaced(f'k: "x{"".join(parts)}x"\nz: 1\n') == []


@quick
@given(st.lists(st.sampled_from(["a", " ", "\n  ", "\\", "'", '"', "b{{c}}", "\r\n  "]), max_size=12))
def test_origins_in_plain_scalars_over_several_lines(parts: list[str]) -> None:
    assert misplaced(f"k: x{''.join(parts)}x\nz: 1\n") == []


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("k: see {{nope}}", "nope", (1, 10)),
        ("k: &a !!str see {{nope}}", "nope", (1, 19)),
        ("k: 'it''s {{nope}}'", "nope", (1, 13)),
        ('k: "\\tsee\\u0020{{nope}}"', "nope", (1, 18)),
        ("k: >\n  some text\n  goes on {{nope}}\n", "nope", (3, 13)),
        ("k: |\n\n    one\n      {{nope}}\n", "nope", (4, 9)),
        ("k: |2-\n    {{nope}}\n", "nope", (2, 7)),
        ("k: |\r\n  a\r\n  {{nope}}\r\n", "nope", (3, 5)),
        ("k: some\n  more {{nope}}", "nope", (2, 10)),
        ('k: "one\\\n    two {{nope}}"', "nope", (2, 11)),
    ],
)
def test_origins_give_the_exact_column(text: str, part: str, place: tuple[int, int]) -> None:
    value, mapped = offsets(text)
    assert positions.Lines(text).at(mapped[value.index(part)]) == place


@pytest.mark.parametrize(("source", "value"), [("*alias", "text"), ("'a'", "b"), ('"a', "ab"), ("", "x"), ("|", "x"), ('"\\q"', "q")])
def test_origins_are_none_when_value_and_source_differ(source: str, value: str) -> None:
    assert origins(source, value) is None
