"""Rate limits: counted per caller and kind, refused calls do not count."""

from deployer.sandbox.limits import Limits
from deployer.sandbox.targets import Rate


def test_a_window_fills_and_says_so() -> None:
    limits, rate = Limits(), Rate(2, 3600)
    budgets = [limits.spend("a", "calls", rate) for _ in range(4)]
    assert [(each.allowed, each.remaining) for each in budgets] == [(True, 1), (True, 0), (False, 0), (False, 0)]
    assert len({each.reset for each in budgets}) == 1
    assert "Retry-After" not in budgets[0].headers()
    assert 3590 <= int(budgets[2].headers()["Retry-After"]) <= 3601


def test_callers_and_kinds_are_apart() -> None:
    limits, rate = Limits(), Rate(1, 3600)
    assert all(limits.spend(who, what, rate).allowed for who in "ab" for what in ("calls", "executions"))


def test_a_new_window_starts_full() -> None:
    limits = Limits()
    assert [limits.spend("a", "calls", Rate(1, 0.0)).allowed for _ in range(3)] == [True, True, True]
