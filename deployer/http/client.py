"""Calls over HTTP, to a platform or to GitHub: time-outs, retries by the service's table, its budget, redaction.

Bytes go out and come in by `transport.py`; what differs between APIs is a `Service`.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from deployer.http import retry
from deployer.http.classify import FailedReply, Reply, classify
from deployer.http.clock import Clock
from deployer.http.quota import Account, Budget, QuotaStatus
from deployer.http.request import Request
from deployer.http.retry import RetryRule
from deployer.http.server_text import same
from deployer.http.service import Service
from deployer.model.errors import FlowshipError, OutcomeUnknown, PlatformError, Unreachable
from deployer.model.report import Requests
from deployer.model.secret import Redactor, Secret

if TYPE_CHECKING:  # importing it imports requests
    from deployer.http.transport import RawReply, Transport

MAX_REDIRECTS = 3
TOO_LARGE = 413
MAX_LAST_FAILURES = 2  # calls without a usable reply after the run's end; then no other is sent
_REDIRECTS = (301, 302, 307, 308)
_OUTAGE = ("unconnected", "server_error", "lost")


class Http:
    """Calls to one host, for one service and one run; safe to use from threads. Nothing of `requests` is loaded before the first call.

    `share`: how many shards spend the host's budget at once. `timeouts`: seconds to connect, and for a whole reply, however slowly it comes in;
    that ends with the clock, too.
    `jitter` returns numbers in [0, 1), `now` epoch seconds.
    """

    def __init__(  # noqa: PLR0913 - what a test may set besides
        self,
        service: Service,
        base_url: str,
        *,
        clock: Clock,
        redact: Callable[[str], str] = same,
        connections: int = 8,
        share: int = 1,
        timeouts: tuple[float, float] = (5.0, 60.0),
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.service = service
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self._redact = redact
        self._connections = connections
        self._timeouts = timeouts
        self._jitter = jitter
        self._now = now
        self._budget = Budget(share)
        self._lock = threading.Lock()
        self._transport: Transport | None = None
        self._one_by_one = threading.Lock()  # held during a call of a service that is called one by one
        self._outage = False
        self._last_failures = 0

    @property
    def spent(self) -> Requests:
        """Requests sent, and the budget left by the last replies."""
        return Requests(self._budget.count, self._budget.remaining)

    def quota_status(self, key: Secret) -> QuotaStatus | None:
        """The ordinary calls left to that key by the last reply; None when no reply gave it."""
        return self._budget.status(Account(key), self._now())

    def close(self) -> None:
        """Close idle connections."""
        if self._transport:
            self._transport.close()

    def send(self, request: Request) -> Reply:
        """One call, with as many tries as the retry table, the time limit and the budget allow.

        Raises Unreachable (nothing was sent), OutcomeUnknown (the effect is not known), PlatformError (any other failure; its cause is an
        OutcomeUnknown where an earlier try may have taken effect).
        """
        unclear: OutcomeUnknown | None = None
        tries = 1 if self._outage and self.service.one_try_in_outage else retry.MAX_TRIES
        for attempt in range(1, tries + 1):
            self._admit(request, unclear)
            if self._last_failures >= MAX_LAST_FAILURES:
                raise unclear or _silent(self.service, request)
            _call_before_send(request.before_send, unclear)
            outcome = self._try(request)
            self._outage = isinstance(outcome, FailedReply) and outcome.kind in _OUTAGE
            self._last_failures += self._outage and self._is_over
            if isinstance(outcome, Reply):
                return outcome
            rule = self.service.retries[outcome.kind].rule(repeatable=request.repeatable)
            error = _error(self.service, request, outcome, rule)
            if isinstance(error, OutcomeUnknown):
                unclear = error
            if not rule.retry or (outcome.code == "ODD_REPLY" and not request.retry_odd):
                raise error from unclear
            if attempt < tries:
                self._pause(outcome, attempt, unclear or error)
        # An earlier try may have done it, although the last one surely did not.
        raise unclear or error

    def _admit(self, request: Request, unclear: OutcomeUnknown | None) -> None:
        """Wait until the budget allows one more request; raise when the time left is too short for that."""
        while not (self.service.last_timeouts and self.clock.stopped):
            self._require_time(request, unclear)
            pause = self._budget.ask(request.account, self._now())
            if not pause.must:
                if pause.seconds:  # pacing: too little time for it is no reason to fail, a stop is
                    self.service.wait(self.clock, pause.seconds)
                    self._require_time(request, unclear)
                return
            if not self.service.wait(self.clock, pause.seconds + self._jitter()):
                raise unclear or _over_budget(self.service, request, pause.seconds, self.clock.remaining)
            self._budget.renew(request.account, pause.until)

    def _require_time(self, request: Request, unclear: OutcomeUnknown | None) -> None:
        if not self.service.last_timeouts and self._is_over:
            raise unclear or _out_of_time(self.service, request, stopped=self.clock.stopped)

    @property
    def _is_over(self) -> bool:
        return self.clock.stopped or not self.clock.remaining

    def _pause(self, failure: FailedReply, attempt: int, error: PlatformError) -> None:
        """Wait before the next try. Without time for that, raises the error, with a sentence about it."""
        seconds = retry.back_off(attempt, self._jitter) if failure.pause is None else failure.pause + self._jitter()
        if not self.service.wait(self.clock, seconds):
            no_time = f"The run's time limit leaves no room to wait {seconds:.0f} s and try again."
            error.message = f"{error.message}. {'The run was stopped.' if self.clock.stopped else no_time}"
            raise error

    def _try(self, request: Request) -> Reply | FailedReply:
        """Send once, and follow redirects where the service allows it."""
        late = self.service.last_timeouts if self.clock.stopped or self.clock.remaining < self._timeouts[1] else None
        timeouts = late or (self._timeouts[0], max(0.001, min(self._timeouts[1], self.clock.remaining)))
        if self.service.one_by_one and not self._one_by_one.acquire(timeout=late[0] if late else -1):
            return FailedReply("unconnected", "UNREACHABLE", "Another call was still waiting for its reply")
        try:
            for _ in range(MAX_REDIRECTS + 1):
                reply = self._exchange(request, timeouts, late)
                target = self._redirected(request, reply) if self.service.follows_redirects else None
                if target is None:
                    break
                request = target
        finally:
            if self.service.one_by_one:
                self._one_by_one.release()
        return self._outcome(request, reply)

    def _exchange(self, request: Request, timeouts: tuple[float, float], late: tuple[float, float] | None) -> "RawReply":
        until = time.monotonic() + late[1] if late else None

        def time_left() -> float:
            nonlocal until
            if until is None:  # the first read: the request is out
                until = time.monotonic() + timeouts[1]
            left = until - time.monotonic()
            if late:
                return left
            return 0.0 if self.clock.stopped and not self.service.last_timeouts else min(left, self.clock.remaining)

        reply = self._connected().exchange(request, self.base_url + request.path, timeouts, self._redactor(request), time_left)
        if reply.sent:
            self._budget.sent()
        limit, remaining = _number(reply.headers, "x-ratelimit-limit"), _number(reply.headers, "x-ratelimit-remaining")
        self._budget.learn(request.account, limit, remaining, retry.reset_time(reply.headers, self._now()))
        return reply

    def _connected(self) -> "Transport":
        with self._lock:
            if self._transport is None:
                from deployer.http.transport import Transport

                self._transport = Transport(self.base_url, self._connections)
            return self._transport

    def _redirected(self, request: Request, reply: "RawReply") -> Request | None:
        """The request to where a redirect points, with the same parameters; None for another reply, or another host."""
        location = reply.headers.get("location") if reply.status in _REDIRECTS else None
        with suppress(ValueError):
            url = urlsplit(urljoin(self.base_url + request.path, location or ""))
            base = urlsplit(self.base_url)
            if location and (url.scheme, url.netloc) == (base.scheme, base.netloc) and url.path.startswith(base.path):
                path = url.path.removeprefix(base.path)
                return replace(request, path=f"{path}?{url.query}", params=None) if url.query else replace(request, path=path)
        return None

    def _outcome(self, request: Request, reply: "RawReply") -> Reply | FailedReply:
        if reply.failure:
            return reply.failure
        headers, now = reply.headers, self._now()
        outcome = classify(self.service, reply.status, headers, reply.content, request.expected, self._redactor(request), request.max_reply_bytes)
        if isinstance(outcome, Reply):
            return outcome
        if reply.status == TOO_LARGE:
            outcome = outcome._replace(message=f"{outcome.message}. The request had {reply.sent_bytes:,} bytes")
        if outcome.kind != "limited":
            return outcome._replace(pause=retry.asked_pause(headers, now))
        pause = retry.limit_pause(headers, now)
        pause = self.service.limit_pause if pause is None else pause
        if pause is not None:
            self._budget.refused(request.account, now + pause)
        return outcome._replace(pause=pause)

    def _redactor(self, request: Request) -> Callable[[str], str]:
        return lambda text: Redactor((request.key,))(self._redact(text))  # made for a failure only


def _call_before_send(before_send: Callable[[], None] | None, unclear: OutcomeUnknown | None) -> None:
    """An error raised here gives way to an earlier try's unknown outcome, which matters more."""
    try:
        if before_send:
            before_send()
    except FlowshipError:
        if unclear:
            raise unclear from None
        raise


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text[:12]) if text.isdecimal() and text.isascii() else None


def _error(service: Service, request: Request, failure: FailedReply, rule: RetryRule) -> PlatformError:
    """The exception for a failure. Without a cause: its text is in the message, redacted, and nowhere else."""
    message = f"{failure.message} ({request.name})"
    _, fix = service.explain(failure.code, failure.status)
    if rule.probe_seconds is not None and request.method != "GET":  # a read has no effect
        return OutcomeUnknown(
            service.name,
            message,
            code=failure.code,
            fix=fix,
            status=failure.status,
            probe_seconds=rule.probe_seconds,
            absence_is_proof=rule.absence_is_proof,
        )
    kind = Unreachable if failure.kind == "unconnected" else PlatformError
    return kind(service.name, message, code=failure.code, fix=fix, status=failure.status)


def _over_budget(service: Service, request: Request, seconds: float, remaining: float) -> PlatformError:
    """Not sent: the budget is spent, and renewed too late to wait for it."""
    code = service.limit_code
    message = f"No requests are left for {seconds:.0f} s, too long to wait where the run ends in {remaining:.0f} s: {request.name} was not sent."
    return PlatformError(service.name, message, code=code, fix=service.explain(code, 429)[1])


def _silent(service: Service, request: Request) -> PlatformError:
    """Not sent: the run is over, and the last calls had no usable reply."""
    message = f"{service.title} did not answer the last calls of the run: {request.name} was not sent"
    return Unreachable(service.name, message, code="UNREACHABLE", fix=service.explain("UNREACHABLE", None)[1])


def _out_of_time(service: Service, request: Request, *, stopped: bool) -> PlatformError:
    """Not sent: the run is over."""
    code = "STOPPED" if stopped else "TIME_LIMIT"
    meaning, fix = service.explain(code, None)
    return PlatformError(service.name, f"{meaning} {request.name} was not sent.", code=code, fix=fix)
