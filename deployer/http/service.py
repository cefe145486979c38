"""What the client needs of an API that it calls: one value for each platform, one for GitHub."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from deployer.http.clock import Clock
from deployer.http.retry import RETRY, STATUS, Kind, RetryRow


class Service(NamedTuple):
    """`name` is the `platform` of its errors, `title` is for people. The rest are the differences between APIs, as data.

    `error(status, headers, body)`: code and texts of an error body, None where it is none. It is asked about 2xx replies too.
    `explain(code, status)`: what a code means, and what to do next.
    `counts_as`: the HTTP status that a code counts as, whatever the reply's own is. `limit_code`: of a request that was not sent, since too many
    were.
    """

    name: str
    title: str
    error: Callable[[int, Mapping[str, str], Any], tuple[object, Sequence[object]] | None]
    explain: Callable[[str, int | None], tuple[str, str]]
    counts_as: Mapping[str, int]
    limit_code: str = "RATE_LIMIT_EXCEEDED"
    kinds: Mapping[int, Kind] = STATUS  # by HTTP status
    retries: Mapping[Kind, RetryRow] = RETRY
    limit_pause: float | None = None  # seconds to wait after "too many requests" without a time
    max_wait_share: float = 1.0  # of the time left
    last_timeouts: tuple[float, float] | None = None  # (connect, read) of calls after a stop, or at the end of the time; None: no such calls
    follows_redirects: bool = False  # to the same host only: the key goes along
    one_by_one: bool = False
    one_try_in_outage: bool = False  # after a call without a usable reply the next one is not repeated

    def wait(self, clock: Clock, seconds: float) -> bool:
        """Wait that long. False, without waiting, when the time left is too short for it, or the run was stopped."""
        return seconds <= clock.remaining * self.max_wait_share and clock.wait(seconds)
