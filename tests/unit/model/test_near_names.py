"""The name that a mistyped one was meant for."""

import pytest

from deployer.model.near_names import did_you_mean, near_names


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("traige", ["triage", "onboarding"], ["triage"]),
        ("TRIGE", ["triage", "onboarding"], ["triage"]),
        ("fecth", ["fetch", "patch"], ["fetch"]),
        ("prod", ["production", "staging"], ["production"]),
        ("wf-1", ["wf-01", "wf-12", "wf-2x"], ["wf-01", "wf-12"]),
        ("wf-1", ["wf-123", "wf-12"], ["wf-12"]),
        ("nope", ["note-taker", "onboarding", "open"], []),
        ("go", ["to", "do"], []),
        ("FETCH", ["GET", "PATCH"], []),
        ("", ["a"], []),
        ("x", [], []),
    ],
)
def test_near_names_differ_in_one_letter_of_three(word: str, known: list[str], near: list[str]) -> None:
    assert near_names(word, known) == near


def test_a_longer_name_is_near_only_where_that_is_wanted() -> None:
    assert near_names("github", ["github-token"]) == ["github-token"]
    assert near_names("github", ["github-token"], prefixes=False) == []


def test_nearest_of_many_names_is_among_those_with_common_ends() -> None:
    assert near_names("step_0815x", [f"step_{number:04}" for number in range(1000)]) == ["step_0815"]


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("deplyo", ["deploy", "plan"], " Did you mean `deploy`?"),
        ("wf-1", ["wf-10", "wf-11"], " Did you mean `wf-10` or `wf-11`?"),
        ("wf-1", ["wf-01", "wf-10", "wf-11"], " Did you mean `wf-01`, `wf-10` or `wf-11`?"),
        ("wf-1", [f"wf-{number}" for number in range(10, 20)], ""),
        ("nope", ["deploy"], ""),
        ("a\x1baa", ["a\x1bab"], " Did you mean `a\\x1bab`?"),
    ],
)
def test_did_you_mean_names_those_that_are_equally_near(word: str, known: list[str], text: str) -> None:
    assert did_you_mean(word, known) == text
