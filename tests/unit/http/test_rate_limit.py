"""The rate limiter: slots in any window of time, shared by threads. Time is the test's own."""

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


def test_no_window_has_more_requests_than_the_limit() -> None:
    time = Time(0)
    clock, limiter = Waiting(time, 1000), RateLimiter(3, 60, now=time)
    begun, ended = [], []
    for _ in range(10):
        with limiter.slot(clock) as free:
            assert free
            begun.append(time.now)
            time.now += 2.0  # the reply takes that long
            ended.append(time.now)
    for index in range(3, 10):
        assert begun[index] >= ended[index - 3] + 60, "whenever the server counted the earlier one, this is another window"


def test_no_slot_without_time_to_wait_for_it() -> None:
    time = Time(0)
    limiter = RateLimiter(1, 60, now=time)
    with limiter.slot(Waiting(time, 1000)) as free:
        assert free
    with limiter.slot(Waiting(time, 30)) as free:
        assert not free
    time.now = 61
    with limiter.slot(Waiting(time, 1000)) as free:
        assert free


def test_limit_zero_never_waits() -> None:
    limiter = RateLimiter(0)
    for _ in range(1000):
        with limiter.slot(Clock(0)) as free:
            assert free


def test_threads_share_the_slots() -> None:
    limiter = RateLimiter(5, 60)
    taken = []
    lock = threading.Lock()

    def take() -> None:
        with limiter.slot(Clock(0.2)) as free, lock:
            taken.append(free)

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 5
