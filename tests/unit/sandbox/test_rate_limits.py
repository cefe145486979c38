"""Rate limits: counted per caller and kind, refused calls do not count."""

from deployer.sandbox.rate_limits import RateLimit, RateWindows


def test_full_window_refuses_calls_until_its_end() -> None:
    windows, limit = RateWindows(), RateLimit(2, 3600)
    statuses = [windows.count_call("a", "calls", limit) for _ in range(4)]
    assert [(status.allowed, status.remaining) for status in statuses] == [(True, 1), (True, 0), (False, 0), (False, 0)]
    assert len({status.reset for status in statuses}) == 1
    assert "Retry-After" not in statuses[0].headers()
    assert 3590 <= int(statuses[2].headers()["Retry-After"]) <= 3601


def test_callers_and_kinds_have_windows_of_their_own() -> None:
    windows, limit = RateWindows(), RateLimit(1, 3600)
    assert all(windows.count_call(caller, kind, limit).allowed for caller in "ab" for kind in ("calls", "executions"))


def test_new_window_starts_empty() -> None:
    windows = RateWindows()
    assert [windows.count_call("a", "calls", RateLimit(1, 0.0)).allowed for _ in range(3)] == [True, True, True]
