from typing import Any

import pytest

from deployer.formats.quoting import did_you_mean, find_nearest, kind_of, path_text, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "`a`"),
        ("", '`""`'),
        ("  ", '`"  "`'),
        (7, "`7`"),
        (None, "`null`"),
        ({"a": 1}, "`{…}`"),
        ([1], "`[…]`"),
        ("x" * 61, "`" + "x" * 59 + "…`"),
    ],
)
def test_shown_is_one_short_line(value: Any, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "true or false"), (1, "a number"), ("a", "text"), ("", "empty text"), ([], "a list"), (None, "nothing"), ({}, "a mapping")],
)
def test_kind_of_value(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_nearest_name_ignores_case_and_distant_names() -> None:
    assert find_nearest("TRIGE", ["triage", "onboarding"]) == "triage"
    assert find_nearest("zzz", ["triage", "onboarding"]) == ""


def test_did_you_mean_lists_eight_names_when_none_is_near() -> None:
    assert did_you_mean("zzz", ["a1", "b2"]) == "Use one of: `a1`, `b2`."
    assert did_you_mean("zzz", [f"{letter}{letter}" for letter in "abcdefghi"]).endswith("`hh`, ….")
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("aab", ["aaa", "bbb"]) == "Did you mean `aaa`?"


def test_path_text_is_written_as_people_do() -> None:
    assert path_text(("steps", 3, "id")) == "`steps[3].id`"
    assert path_text(()) == "the document"
