"""The retry table and the readings of the headers that go with it."""

import email.utils
from typing import Any

import pytest

from deployer.http import retry
from deployer.http.quota import Account, Budget, Pause
from deployer.http.retry import RETRY, RetryRule
from deployer.model.secret import Secret

NOW = 1_700_000_000.0
WHO = Account(Secret("a-key"))


def test_the_table_is_the_contract() -> None:
    """docs/troubleshooting.md, "What is tried again": row by row."""
    again = RetryRule(again=True)
    assert (RETRY["unconnected"].repeatable, RETRY["unconnected"].otherwise) == (again, again)
    assert (RETRY["limited"].repeatable, RETRY["limited"].otherwise) == (again, again)
    assert RETRY["gateway"].repeatable.again
    assert RETRY["gateway"].otherwise == RetryRule(probe_seconds=30, absence_is_proof=True)
    assert RETRY["silent"].repeatable.again
    assert RETRY["silent"].otherwise == RetryRule(probe_seconds=60, absence_is_proof=False)
    assert RETRY["refused"].repeatable == RETRY["refused"].otherwise == RetryRule()
    assert {status for status, kind in retry.STATUS.items() if kind == "gateway"} == {502, 503}
    assert retry.STATUS[504] == "silent"
    assert retry.STATUS[429] == "limited"


def test_back_off_doubles_and_has_full_jitter() -> None:
    assert [retry.back_off(attempt, lambda: 1.0) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]
    assert retry.back_off(3, lambda: 0.0) == 0


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, 999_999_999),
        ({"retry-after": "١٢"}, None),
        ({"retry-after": email.utils.formatdate(NOW + 40, usegmt=True)}, 40),
        ({"retry-after": email.utils.formatdate(NOW - 40, usegmt=True)}, 0),
        ({"retry-after": email.utils.formatdate(NOW + 40, usegmt=True), "date": email.utils.formatdate(NOW + 30, usegmt=True)}, 10),
        ({"x-ratelimit-reset": str(NOW + 5), "x-ratelimit-remaining": "0"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], pause: float | None) -> None:
    assert retry.asked_pause(headers, NOW) == pause


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"x-ratelimit-reset": str(NOW + 5), "x-ratelimit-remaining": "0"}, 5),
        ({"x-ratelimit-reset": str(NOW + 5)}, 5),
        ({"x-ratelimit-reset": str(NOW - 5)}, 0),
        ({"x-ratelimit-reset": str(NOW + 3000), "x-ratelimit-remaining": "900"}, None),
        ({"x-ratelimit-reset": str(NOW + 3000), "retry-after": "2"}, 2),
        ({"x-ratelimit-reset": "60"}, 60),
        ({"x-ratelimit-reset": "inf"}, None),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"x-ratelimit-reset": "tomorrow"}, None),
    ],
)
def test_the_pause_of_a_429(headers: dict[str, str], pause: float | None) -> None:
    assert retry.limit_pause(headers, NOW) == pause


class TestBudget:
    def test_knows_nothing_at_first(self) -> None:
        budget = Budget()
        assert (budget.count, budget.remaining, budget.ask(WHO, NOW)) == (0, None, Pause())

    def test_is_not_slowed_while_a_tenth_is_left(self) -> None:
        budget = Budget()
        budget.learn(WHO, 1000, 150, NOW + 1800)
        assert [budget.ask(WHO, NOW).seconds for _ in range(51)] == [0.0] * 51

    def test_slows_down_before_zero(self) -> None:
        budget = Budget()
        budget.learn(WHO, 1000, 100, NOW + 100)
        pauses = [budget.ask(WHO, NOW) for _ in range(90)]
        assert not any(pause.must for pause in pauses)
        assert pauses[0].seconds == 0
        assert [pause.seconds for pause in pauses] == sorted(pause.seconds for pause in pauses)
        assert 0 < pauses[20].seconds < pauses[80].seconds <= 2

    def test_stops_at_the_reserve(self) -> None:
        budget = Budget()
        budget.learn(WHO, 1000, 11, NOW + 100)
        assert not budget.ask(WHO, NOW).must
        assert budget.ask(WHO, NOW) == Pause(100, must=True, until=NOW + 100)

    def test_a_small_limit_has_no_reserve(self) -> None:
        budget = Budget()
        budget.learn(WHO, 3, 1, NOW + 60)
        assert not budget.ask(WHO, NOW).must
        assert budget.ask(WHO, NOW).must

    def test_a_reset_that_has_passed_frees_it(self) -> None:
        budget = Budget()
        budget.learn(WHO, 1000, 0, NOW + 100)
        assert budget.ask(WHO, NOW + 101) == Pause()

    def test_replies_that_overtake_each_other(self) -> None:
        budget = Budget()
        budget.learn(WHO, 10, 1, NOW + 60)
        budget.learn(WHO, 10, 2, NOW + 60)
        budget.ask(WHO, NOW)
        assert budget.ask(WHO, NOW).must
        budget.learn(WHO, 10, 9, NOW + 120)  # a new window
        assert not budget.ask(WHO, NOW).must

    def test_another_threads_news_outlive_a_renewal(self) -> None:
        budget = Budget()
        budget.learn(WHO, 10, 0, NOW + 60)
        waited = budget.ask(WHO, NOW)
        budget.learn(WHO, 10, 0, NOW + 120)
        budget.renew(WHO, waited.until)
        assert budget.ask(WHO, NOW + 60).must

    def test_told_without_a_reset_is_only_reported(self) -> None:
        budget = Budget()
        budget.learn(WHO, None, 0, None)
        assert (budget.remaining, budget.ask(WHO, NOW).must) == (0, False)

    def test_reports_the_smallest_of_all_keys_and_ordinary_calls_only(self) -> None:
        budget = Budget()
        budget.learn(WHO, 1000, 700, NOW)
        budget.learn(Account(Secret("another")), 1000, 300, NOW)
        budget.learn(WHO._replace(bucket="executions"), 100, 9, NOW)
        assert budget.remaining == 300

    def test_a_429_holds_everybody_with_that_key_back(self) -> None:
        budget = Budget()
        budget.refused(WHO, NOW + 9)
        pause: Any = budget.ask(WHO, NOW)
        assert (pause.seconds, pause.must) == (9, True)
        assert budget.ask(Account(Secret("another")), NOW) == Pause()
