"""The budget of a key: what its headers allow, how calls are slowed, and when they wait for the reset."""

from typing import Any

import pytest

from deployer.http.quota import Account, Budget, Pause, QuotaStatus
from deployer.model.secret import Secret

NOW = 1_700_000_000.0
ACCOUNT = Account(Secret("a-key"))


def test_new_budget_allows_any_call() -> None:
    budget = Budget()
    assert (budget.count, budget.remaining, budget.ask(ACCOUNT, NOW)) == (0, None, Pause())


def test_calls_are_not_slowed_while_a_tenth_is_left() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 1000, 150, NOW + 1800)
    assert [budget.ask(ACCOUNT, NOW).seconds for _ in range(51)] == [0.0] * 51


def test_calls_are_slowed_more_and_more_before_zero() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 1000, 100, NOW + 100)
    pauses = [budget.ask(ACCOUNT, NOW) for _ in range(90)]
    assert not any(pause.must for pause in pauses)
    assert pauses[0].seconds == 0
    assert [pause.seconds for pause in pauses] == sorted(pause.seconds for pause in pauses)
    assert 0 < pauses[20].seconds < pauses[80].seconds <= 2


def test_calls_wait_for_the_reset_at_the_reserve() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 1000, 11, NOW + 100)
    assert not budget.ask(ACCOUNT, NOW).must
    assert budget.ask(ACCOUNT, NOW) == Pause(100, must=True, until=NOW + 100)


def test_small_limit_has_no_reserve() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 3, 1, NOW + 60)
    assert not budget.ask(ACCOUNT, NOW).must
    assert budget.ask(ACCOUNT, NOW).must


def test_passed_reset_allows_calls() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 1000, 0, NOW + 100)
    assert budget.ask(ACCOUNT, NOW + 101) == Pause()


def test_smaller_count_is_kept_within_a_window() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 10, 1, NOW + 60)
    budget.learn(ACCOUNT, 10, 2, NOW + 60)
    budget.ask(ACCOUNT, NOW)
    assert budget.ask(ACCOUNT, NOW).must
    budget.learn(ACCOUNT, 10, 9, NOW + 120)  # a new window
    assert not budget.ask(ACCOUNT, NOW).must


def test_renewal_keeps_a_newer_window() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 10, 0, NOW + 60)
    pause = budget.ask(ACCOUNT, NOW)
    budget.learn(ACCOUNT, 10, 0, NOW + 120)
    budget.renew(ACCOUNT, pause.until)
    assert budget.ask(ACCOUNT, NOW + 60).must


def test_count_without_reset_is_only_reported() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, None, 0, None)
    assert (budget.remaining, budget.ask(ACCOUNT, NOW).must) == (0, False)


def test_remaining_is_the_smallest_of_all_keys_and_of_ordinary_calls() -> None:
    budget = Budget()
    budget.learn(ACCOUNT, 1000, 700, NOW)
    budget.learn(Account(Secret("another")), 1000, 300, NOW)
    budget.learn(ACCOUNT._replace(bucket="executions"), 100, 9, NOW)
    assert budget.remaining == 300


def test_429_makes_every_call_of_that_key_wait() -> None:
    budget = Budget()
    budget.refused(ACCOUNT, NOW + 9)
    pause: Any = budget.ask(ACCOUNT, NOW)
    assert (pause.seconds, pause.must) == (9, True)
    assert budget.ask(Account(Secret("another")), NOW) == Pause()


def test_status_leaves_out_the_reserve_and_ends_with_its_window() -> None:
    budget = Budget()
    assert budget.status(ACCOUNT, NOW) is None
    budget.learn(ACCOUNT, 1000, 11, NOW + 60)
    assert budget.status(ACCOUNT, NOW) == QuotaStatus(1, NOW + 60, 990)
    assert budget.status(ACCOUNT, NOW + 60) is None


@pytest.mark.parametrize(("share", "allowed"), [(1, 10), (2, 5), (5, 2), (100, 1)])
def test_shard_spends_its_share_of_a_window_and_again_in_the_next(share: int, allowed: int) -> None:
    budget = Budget(share)
    for reset in (NOW + 60, NOW + 120):
        budget.learn(ACCOUNT, 10, 10, reset)
        assert budget.status(ACCOUNT, NOW) == QuotaStatus(allowed, reset, allowed)
        assert sum(not budget.ask(ACCOUNT, NOW).must for _ in range(20)) == allowed
        budget.learn(ACCOUNT, 10, 10, reset)
        assert budget.status(ACCOUNT, NOW) == QuotaStatus(0, reset, allowed)
