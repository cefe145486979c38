"""The requests a platform still allows, as its `X-RateLimit-*` headers tell, and how to spend them.

Kept per key and bucket: each GPTBots key is a target of its own, and meinGPT counts calls, executions and webhook calls
apart (docs/contracts/meingpt.md, "Rate limits"). Safe to use from threads.

Pacing: while more than a tenth of the limit is left, nothing is slowed. Below that each call waits a share of the time
that an even spread up to the reset would ask for, growing to all of it at zero, and never more than `LONGEST_PAUSE`. A
hundredth is left alone: it belongs to the people in the console, and to calls that were counted too late. At that point
calls wait for the reset.
"""

import threading
from typing import NamedTuple

from deployer.model.secret import Secret

CALLS = "calls"  # the bucket that counts ordinary calls

SLOW_BELOW = 0.1  # of the limit
RESERVE = 0.01  # of the limit
LONGEST_PAUSE = 2.0  # seconds
SAME_WINDOW = 1.0  # resets that differ by less are one window


class Account(NamedTuple):
    """Whose budget a call takes from."""

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
    """`share`: this process may spend one such part of each limit, as one shard of so many that spend at once."""

    def __init__(self, share: int = 1) -> None:
        self._share = share
        self._mine: dict[Account, tuple[float, int]] = {}
        self._lock = threading.Lock()
        self._allowances: dict[Account, _BudgetLeft] = {}
        self._told: dict[Account, int] = {}
        self._count = 0

    @property
    def count(self) -> int:
        """Requests made."""
        with self._lock:
            return self._count

    @property
    def remaining(self) -> int | None:
        """Ordinary calls left as last told, the smallest of all keys'; None when no reply ever told."""
        with self._lock:
            return min((left for who, left in self._told.items() if who.bucket == CALLS), default=None)

    def sent(self) -> None:
        with self._lock:
            self._count += 1

    def learn(self, who: Account, limit: int | None, remaining: int | None, reset: float | None) -> None:
        """What a reply told. Within one window the smaller count counts: replies overtake each other."""
        if remaining is None:
            return
        with self._lock:
            self._told[who] = remaining
            if reset is None:
                return
            before = self._allowances.get(who)
            same = before is not None and abs(before.reset - reset) < SAME_WINDOW
            left = min(before.left, remaining) if before and same else remaining
            self._allowances[who] = _BudgetLeft(limit or (before.limit if before else 0), left, reset)

    def refused(self, who: Account, until: float) -> None:
        """A 429 that said until when: other threads need not find out by themselves."""
        with self._lock:
            before = self._allowances.get(who)
            self._allowances[who] = _BudgetLeft(before.limit if before else 0, 0, until)

    def renew(self, who: Account, until: float) -> None:
        """The reset was waited for: nothing is known until the next reply, which another thread may have had by now."""
        with self._lock:
            known = self._allowances.get(who)
            if known is not None and known.reset <= until:
                del self._allowances[who]

    def ask(self, who: Account, now: float) -> Pause:
        """How long to wait before one more call; a call that is allowed is taken off the budget."""
        with self._lock:
            known = self._allowances.get(who)
            if known is None or known.reset <= now:
                self._allowances.pop(who, None)
                return Pause()
            if known.left <= int(known.limit * RESERVE) or self._share_is_spent(who, known):
                return Pause(known.reset - now, must=True, until=known.reset)
            self._allowances[who] = known._replace(left=known.left - 1)
            return Pause(_pace(known, now))

    def outlook(self, who: Account, now: float) -> QuotaStatus | None:
        """What is known of an account; None where nothing was told, or that is over."""
        with self._lock:
            known = self._allowances.get(who)
            if known is None or known.reset <= now or not known.limit:
                return None
            part = max(1, known.limit // self._share) if self._share > 1 else known.limit
            reset, mine = self._mine.get(who, (known.reset, 0))
            spent = mine if abs(reset - known.reset) < SAME_WINDOW else 0
            reserve = int(known.limit * RESERVE)
            return QuotaStatus(max(0, min(known.left - reserve, part - spent)), known.reset, min(known.limit - reserve, part))

    def _share_is_spent(self, who: Account, known: _BudgetLeft) -> bool:
        """Counts what this process sent within the window, and says when its part of the limit is used up."""
        if self._share == 1 or not known.limit:
            return False
        reset, mine = self._mine.get(who, (known.reset, 0))
        mine = mine if abs(reset - known.reset) < SAME_WINDOW else 0
        if mine >= max(1, known.limit // self._share):
            return True
        self._mine[who] = (known.reset, mine + 1)
        return False


def _pace(known: _BudgetLeft, now: float) -> float:
    slow_below = known.limit * SLOW_BELOW
    if known.left >= slow_below:
        return 0.0
    even = (known.reset - now) / known.left
    return min(LONGEST_PAUSE, even * (1 - known.left / slow_below))
