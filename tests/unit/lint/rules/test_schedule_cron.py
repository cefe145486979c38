"""Crons: valid ones, invalid ones, and any five fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.rules.schedule_cron import find_cron_error


@pytest.mark.parametrize(
    "cron",
    [
        "0 9 * * MON-FRI",
        "*/5 * * * *",
        "0 0 29 2 *",
        "0 0 L * *",
        "0 0 * * 5L",
        "0 0 * * MON#2",
        "0 0 31 2 MON",
        "0 0 1,15 jan-mar/2 *",
        "  0\t9 * * 7 ",
    ],
)
def test_valid_cron_has_no_error(cron: str) -> None:
    assert find_cron_error(cron) is None


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("60 * * * *", "`60` is no minute"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 0 0 * *", "`0` is no day of month"),
        ("0 0 * 13 *", "`13` is no month"),
        ("0 0 * * FUNDAY", "`FUNDAY` is no day of week"),
        ("* * * * MON-", "`MON-` is no day of week"),
        ("*/0 * * * *", "`*/0` is no minute"),
        ("0 0 30 2 *", "matches no day"),
        ("0 0 31 2,4,6,9,11 *", "matches no day"),
        ("0 0 * 2 MON#5", None),
        ("0 0 * *", "has 4"),
        ("0 0 0 * * *", "has 6"),
        ("@hourly", "has 1"),
        ("9" * 5000 + " * * * *", "characters"),
    ],
)
def test_invalid_cron_has_its_message(cron: str, words: str | None) -> None:
    found = find_cron_error(cron)
    assert found is None if words is None else found is not None and words in found[0]


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(st.lists(st.text(st.sampled_from("0123456789*/-,L#W? MONJANe\u00b2"), min_size=1, max_size=6), min_size=5, max_size=5).map(" ".join))
def test_any_five_fields_are_valid_or_have_message_and_fix(cron: str) -> None:
    found = find_cron_error(cron)
    assert found is None or all(found)
