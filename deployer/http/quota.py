"""The requests that a platform still allows, by its `X-RateLimit-*` headers, and how fast to spend them.

Kept per key and bucket: a limit may belong to one key, and ordinary calls, executions and webhook calls may be counted
apart (docs/contracts/meingpt.md, "Rate limits"). Safe to use from threads.

Pacing: while more than a tenth of the limit is left, nothing is slowed. Below that each call waits a share of the time
that an even spread up to the reset would take, growing to all of it at zero, and never more than `MAX_PAUSE_SECONDS`. A
hundredth is kept for people in the console, and for calls that were counted too late: then calls wait for the reset.
"""

import threading
from typing import NamedTuple

from deployer.model.secret import Secret

CALLS = "calls"  # the bucket that counts ordinary calls

SLOW_BELOW = 0.1  # of the limit
RESERVE = 0.01  # of the limit
MAX_PAUSE_SECONDS = 2.0
SAME_WINDOW_SECONDS = 1.0  # resets that differ by less are one window


class Account(NamedTuple):
    """The key and bucket whose budget a call takes from."""

    key: Secret
    bucket: str = CALLS


class Pause(NamedTuple):
    """Wait `seconds` before sending; `must`: nothing is allowed before that, which is `until` (epoch seconds)."""

    seconds: float = 0.0
    must: bool = False
    until: float = 0.0


class QuotaStatus(NamedTuple):
    """`allowed`: calls that may still be made until `reset` (epoch seconds), after which there are `renewed` again."""

    allowed: int
    reset: float
    renewed: int


class _BudgetLeft(NamedTuple):
    limit: int
    left: int
    reset: float  # epoch seconds, on our clock


class Budget:
    """The budgets of a host. `share`: this process may spend one such part of each limit, as one of so many shards that run at once."""

    def __init__(self, share: int = 1) -> None:
        self._share = share
        self._spent: dict[Account, tuple[float, int]] = {}  # reset of the window, calls sent in it
        self._lock = threading.Lock()
        self._budgets: dict[Account, _BudgetLeft] = {}
        self._reported: dict[Account, int] = {}  # left, by the last reply
        self._count = 0

    @property
    def count(self) -> int:
        """Requests made."""
        with self._lock:
            return self._count

    @property
    def remaining(self) -> int | None:
        """Ordinary calls left by the last replies, the smallest of all keys'; None without such a reply."""
        with self._lock:
            return min((left for account, left in self._reported.items() if account.bucket == CALLS), default=None)

    def sent(self) -> None:
        with self._lock:
            self._count += 1

    def learn(self, account: Account, limit: int | None, remaining: int | None, reset: float | None) -> None:
        """Take over a reply's headers. Within one window the smaller count is kept: replies overtake each other."""
        if remaining is None:
            return
        with self._lock:
            self._reported[account] = remaining
            if reset is None:
                return
            known = self._budgets.get(account)
            is_same_window = known is not None and abs(known.reset - reset) < SAME_WINDOW_SECONDS
            left = min(known.left, remaining) if known and is_same_window else remaining
            self._budgets[account] = _BudgetLeft(limit or (known.limit if known else 0), left, reset)

    def refused(self, account: Account, until: float) -> None:
        """Nothing is left until then, by a 429: other threads wait too."""
        with self._lock:
            known = self._budgets.get(account)
            self._budgets[account] = _BudgetLeft(known.limit if known else 0, 0, until)

    def renew(self, account: Account, until: float) -> None:
        """Drop a budget whose reset was waited for, unless a reply in another thread has renewed it."""
        with self._lock:
            known = self._budgets.get(account)
            if known is not None and known.reset <= until:
                del self._budgets[account]

    def ask(self, account: Account, now: float) -> Pause:
        """How long to wait before one more call. A call that is allowed is taken off the budget."""
        with self._lock:
            known = self._budgets.get(account)
            if known is None or known.reset <= now:
                self._budgets.pop(account, None)
                return Pause()
            if known.left <= int(known.limit * RESERVE) or self._share_is_spent(account, known):
                return Pause(known.reset - now, must=True, until=known.reset)
            self._budgets[account] = known._replace(left=known.left - 1)
            return Pause(_pacing_seconds(known, now))

    def status(self, account: Account, now: float) -> QuotaStatus | None:
        """What is left to an account; None when no reply gave it, or its window is over."""
        with self._lock:
            known = self._budgets.get(account)
            if known is None or known.reset <= now or not known.limit:
                return None
            part = max(1, known.limit // self._share) if self._share > 1 else known.limit
            reserve = int(known.limit * RESERVE)
            allowed = min(known.left - reserve, part - self._sent_in_window(account, known))
            return QuotaStatus(max(0, allowed), known.reset, min(known.limit - reserve, part))

    def _share_is_spent(self, account: Account, known: _BudgetLeft) -> bool:
        """Whether this process has sent its part of the limit within the window; counts one more call if not."""
        if self._share == 1 or not known.limit:
            return False
        sent = self._sent_in_window(account, known)
        if sent >= max(1, known.limit // self._share):
            return True
        self._spent[account] = (known.reset, sent + 1)
        return False

    def _sent_in_window(self, account: Account, known: _BudgetLeft) -> int:
        reset, sent = self._spent.get(account, (known.reset, 0))
        return sent if abs(reset - known.reset) < SAME_WINDOW_SECONDS else 0


def _pacing_seconds(known: _BudgetLeft, now: float) -> float:
    slow_below = known.limit * SLOW_BELOW
    if known.left >= slow_below:
        return 0.0
    even = (known.reset - now) / known.left
    return min(MAX_PAUSE_SECONDS, even * (1 - known.left / slow_below))
