"""Bounded concurrency: every item gets a result, and a stopped run does not wait for a slow one."""

import threading

import pytest

from deployer.http import executor
from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor, Unfinished


def test_every_item_runs_once_and_at_most_so_many_at_a_time() -> None:
    lock, running, most = threading.Lock(), 0, 0

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait(5)
        with lock:
            running -= 1
        return item * 2

    barrier = threading.Barrier(3)
    results = dict(BoundedExecutor(work, Clock(60), 3).run(list(range(9))))
    assert results == {n: n * 2 for n in range(9)}
    assert most == 3


def test_no_item_starts_when_go_on_is_false() -> None:
    done: list[int] = []
    results = dict(BoundedExecutor(done.append, Clock(60), 1, lambda: len(done) < 2).run([1, 2, 3, 4]))
    assert done == [1, 2]
    assert [results[2], results[3]] == [Unfinished.NOT_STARTED, Unfinished.NOT_STARTED]


def test_stopped_run_abandons_work_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "GRACE_SECONDS", 0.0)
    clock, never = Clock(60), threading.Event()

    def work(item: int) -> int:
        clock.stop()
        never.wait(30)
        return item

    try:
        assert dict(BoundedExecutor(work, clock, 1).run([1, 2])) == {0: Unfinished.ABANDONED, 1: Unfinished.NOT_STARTED}
    finally:
        never.set()


def test_exception_in_the_work_is_raised_where_results_are_read() -> None:
    with pytest.raises(ZeroDivisionError):
        list(BoundedExecutor((1).__floordiv__, Clock(60), 2).run([0]))


def test_without_items_there_are_no_results() -> None:
    nothing: list[int] = []
    empty: BoundedExecutor[int, str] = BoundedExecutor(str, Clock(1), 4)
    assert list(empty.run(nothing)) == []
