"""A pace is kept, whatever the threads do; time is the test's own."""

import threading

from deployer.http.clock import Clock
from deployer.http.rate_limit import RateLimiter


class Time:
    """A clock and a `now` in one: waiting moves on the time, and takes none."""

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self._end = seconds

    def __call__(self) -> float:
        return self.now


class Waiting(Clock):
    def __init__(self, time: Time, seconds: float) -> None:
        super().__init__(seconds)
        self._time = time
        self._until = seconds

    @property
    def remaining(self) -> float:
        return max(0.0, self._until - self._time.now)

    def wait(self, seconds: float) -> bool:
        if seconds > self.remaining:
            return False
        self._time.now += seconds
        return True


def test_no_more_than_so_many_in_any_window() -> None:
    time = Time(0)
    clock, pace = Waiting(time, 1000), RateLimiter(3, 60, now=time)
    begun, ended = [], []
    for _ in range(10):
        with pace.place(clock) as free:
            assert free
            begun.append(time.now)
            time.now += 2.0  # the reply takes that long
            ended.append(time.now)
    for place in range(3, 10):
        assert begun[place] >= ended[place - 3] + 60, "whenever the server counted the earlier one, this is another window"


def test_who_cannot_wait_takes_no_place() -> None:
    time = Time(0)
    pace = RateLimiter(1, 60, now=time)
    with pace.place(Waiting(time, 1000)) as free:
        assert free
    with pace.place(Waiting(time, 30)) as free:
        assert not free
    time.now = 61
    with pace.place(Waiting(time, 1000)) as free:
        assert free


def test_no_pace_is_no_wait() -> None:
    pace = RateLimiter(0)
    for _ in range(1000):
        with pace.place(Clock(0)) as free:
            assert free


def test_threads_share_it() -> None:
    pace = RateLimiter(5, 60)
    taken = []
    lock = threading.Lock()

    def take() -> None:
        with pace.place(Clock(0.2)) as free, lock:
            taken.append(free)

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 5
