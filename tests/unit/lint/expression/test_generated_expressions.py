"""Generated expressions without a second parser: what the page shows has no finding. Those against acorn: tests/e2e/test_expressions.py."""

import pytest
from expression_samples import findings, samples


@pytest.mark.parametrize("seed", range(3))
def test_what_the_page_shows_has_no_finding_but_about_types(seed: int) -> None:
    shown = [sample for sample in samples(seed) if sample.made == "page"]
    assert len(shown) > 200
    assert {sample.text: rules for sample in shown if (rules := {found.rule for found in findings(sample)} - {"expression-type"})} == {}


def test_samples_are_the_same_for_the_same_seed_and_hold_no_braces_of_their_own() -> None:
    made = samples(7)
    assert made == samples(7) != samples(8)
    assert len(set(made)) == 1000
    assert [sample.text for sample in made if not sample.is_condition and ("{{" in sample.text or "}}" in sample.text)] == []
