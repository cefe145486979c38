"""Calls over HTTP: one pooled session per platform and host, time-outs, retries by `retry.RETRY`, budget, redaction.

The only file that knows `requests`. What it promises of every call:
- TLS is verified, redirects are not followed, cookies are not kept, and no `.netrc` is read: the auth object says it all.
- Proxies from the environment are used, but never for loopback or for plain http.
- A call that may not be repeated gets a connection of its own making. An idle one may have been closed by the server in
  the meantime, and then nobody could tell whether the request was read before.
- Whether anything was sent is observed at the socket, not guessed from the kind of an exception.
"""

import random
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TransportTimeout

from deployer import __version__
from deployer.http import failures, retry
from deployer.http.address import loopback
from deployer.http.classify import Expected, Failure, Reply, judge
from deployer.http.clock import Clock
from deployer.http.failures import Call
from deployer.http.quota import CALLS, Account, Budget, Outlook
from deployer.http.sockets import POOLS, flight
from deployer.http.text import plain, same
from deployer.model.errors import FlowshipError, PlatformError, Unanswered, UsageError
from deployer.model.report import Requests
from deployer.model.secret import Redactor, Secret

__all__ = ["Http", "Reply"]

LARGEST_REPLY = 64 * 1024 * 1024
USER_AGENT = f"flowship/{__version__}"
ANYTHING = Expected()
_CHUNK = 65536
_BROKEN = (requests.RequestException, HTTPError, OSError)
_TIMEOUTS = (requests.Timeout, TransportTimeout, TimeoutError)


class Http:
    """A host, for one platform and one run; safe to use from threads.

    `base_url` without a trailing `/`; `share`: how many shards spend the host's budget at once; `timeouts` are
    (connect, read) in seconds, read also ends with the clock. `jitter`
    gives numbers in [0, 1), `now` epoch seconds.
    """

    def __init__(  # noqa: PLR0913 - what a test may set besides
        self,
        platform: str,
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
        self.platform = platform
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self._redact = redact
        self._timeouts = timeouts
        self._jitter = jitter
        self._now = now
        self._budget = Budget(share)
        self._session = _session(connections)
        self._proxies = _no_proxies(self.base_url)

    @property
    def spent(self) -> Requests:
        """Requests sent, and the budget left as last told."""
        return Requests(self._budget.count, self._budget.remaining)

    def outlook(self, key: Secret) -> Outlook | None:
        """How many ordinary calls that key may still make, as last told."""
        return self._budget.outlook(Account(key), self._now())

    def close(self) -> None:
        """Give idle connections back."""
        self._session.close()

    def call(  # noqa: PLR0913 - a request has that many parts
        self,
        method: str,
        path: str,
        *,
        key: Secret,
        repeatable: bool,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        params: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Expected = ANYTHING,
        bucket: str = CALLS,
        fence: Callable[[], None] | None = None,
    ) -> Reply:
        """One call, with as many tries as the retry table, the time limit and the budget allow.

        `repeatable`: doing it twice is the same as doing it once. `form` and `files` make a multipart body, `content` is
        sent as it is. `bucket` names the rate limit that counts it. `fence` is called right before each try, whatever was waited for:
        a FlowshipError that it raises ends the call.

        Raises Unreachable (nothing was sent), Unanswered (the effect is not known), PlatformError (any other failure).
        """
        body = {"json": json, "data": content if content is not None else form, "files": files, "params": params, "headers": headers}
        call = Call(method, path, key, repeatable, {name: value for name, value in body.items() if value is not None}, expected, bucket)
        unclear: Unanswered | None = None
        for attempt in range(1, retry.TRIES + 1):
            self._admit(call, unclear)
            _pass(fence, unclear)
            outcome = self._try(call)
            if isinstance(outcome, Reply):
                return outcome
            rule = retry.rule(outcome.kind, repeatable=repeatable)
            error = failures.error(self.platform, call, outcome, rule)
            if isinstance(error, Unanswered):
                unclear = error
            if not rule.again:
                raise error
            if attempt < retry.TRIES:
                self._pause(outcome, attempt, unclear or error)
        # An earlier try may have done it, although the last one surely did not.
        raise unclear or error

    def _admit(self, call: Call, unclear: Unanswered | None) -> None:
        """Wait until the budget and the clock let one more request go; raise when they never will."""
        while True:
            self._still_running(call, unclear)
            pause = self._budget.ask(call.account, self._now())
            if not pause.must:
                if pause.seconds:  # pacing: too little time for it is no reason to fail, a stop is
                    self.clock.wait(pause.seconds)
                    self._still_running(call, unclear)
                return
            if not self.clock.wait(pause.seconds + self._jitter()):
                raise unclear or failures.over_budget(self.platform, call, pause.seconds, self.clock.remaining)
            self._budget.renew(call.account, pause.until)

    def _still_running(self, call: Call, unclear: Unanswered | None) -> None:
        if self.clock.remaining and not self.clock.stopped:
            return
        raise unclear or failures.out_of_time(self.platform, call, stopped=self.clock.stopped)

    def _pause(self, failure: Failure, attempt: int, error: PlatformError) -> None:
        """Wait before the next try; when there is no time for that, raise the error with words that say so."""
        asked = failure.pause
        seconds = retry.back_off(attempt, self._jitter) if asked is None else asked + self._jitter()
        if not self.clock.wait(seconds):
            left = "The run was told to stop" if self.clock.stopped else f"The run's time limit leaves no room to wait {seconds:.0f} s"
            error.message = f"{error.message}. {left} and try again."
            raise error

    def _try(self, call: Call) -> Reply | Failure:
        """Send once. The response is closed in any case."""
        flight.begin(fresh=not call.repeatable)
        timeouts = (self._timeouts[0], max(0.001, min(self._timeouts[1], self.clock.remaining)))
        try:
            response = self._session.request(
                call.method, self.base_url + call.path, auth=_Bearer(call.key), timeout=timeouts, proxies=self._proxies,
                allow_redirects=False, stream=True, **call.body,
            )  # fmt: skip
        except _BROKEN as broken:
            return self._broken(call, broken)
        finally:
            if flight.sent:
                self._budget.sent()
        with response:
            return self._read(call, response)

    def _read(self, call: Call, response: requests.Response) -> Reply | Failure:
        headers = {name.lower(): value for name, value in response.headers.items()}
        now = self._now()
        limit, remaining = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-remaining")
        self._budget.learn(call.account, limit, remaining, retry.reset_time(headers, now))
        try:
            content = self._content(response)
        except _TooLargeError:
            return Failure("odd", "REPLY_TOO_LARGE", f"The reply is larger than {LARGEST_REPLY >> 20} MiB", response.status_code)
        except _BROKEN as broken:
            if response.status_code < 300:
                return self._broken(call, broken)
            content = b""
        outcome = judge(self.platform, response.status_code, headers, content, call.expected, self._redactor(call))
        if isinstance(outcome, Reply):
            return outcome
        if outcome.kind != "limited":
            return outcome._replace(pause=retry.asked_pause(headers, now))
        pause = retry.limit_pause(headers, now)
        if pause is not None:
            self._budget.refused(call.account, now + pause)
        return outcome._replace(pause=pause)

    def _content(self, response: requests.Response) -> bytes:
        """The body, within size and time: a server that drips a byte now and then does not outlive the clock."""
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LARGEST_REPLY:
                raise _TooLargeError
            if not self.clock.remaining or self.clock.stopped:
                raise TransportTimeout("the run's time was over before the reply was")
        return b"".join(parts)

    def _broken(self, call: Call, broken: Exception) -> Failure:
        """A failure without a whole reply: what kind it is depends on whether anything had been sent."""
        chain = _chain(broken)
        words = plain(_said(chain[-1]), self._redactor(call))
        host = urlsplit(self.base_url).netloc
        if not flight.sent:
            code = _code_before_sending(broken)
            return Failure("unconnected" if code == "UNREACHABLE" else "refused", code, f"{_PREFIX[code]} {host}: {words}")
        if any(isinstance(each, _TIMEOUTS) for each in chain):
            return Failure("silent", "TIMEOUT", f"{host} did not answer in time: {words}")
        return Failure("silent", "TORN_REPLY" if flight.answered else "RESET", f"The connection to {host} broke: {words}")

    def _redactor(self, call: Call) -> Callable[[str], str]:
        own = Redactor((call.key,))
        return lambda text: own(self._redact(text))


def _pass(fence: Callable[[], None] | None, unclear: Unanswered | None) -> None:
    """What an earlier try may have done says more than that there is no other one."""
    try:
        if fence:
            fence()
    except FlowshipError:
        if unclear:
            raise unclear from None
        raise


class _TooLargeError(Exception):
    """The reply is larger than any reply of these APIs."""


class _Bearer(AuthBase):
    """`Authorization: Bearer`. Given with every request, so that `requests` never looks for a `.netrc`."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        text = self._key.reveal()
        if not text or any(not "!" <= char <= "~" for char in text):
            raise UsageError("The key is empty, or holds a character that no HTTP header can carry.", cure="Copy it again, without quotes.")
        request.headers["Authorization"] = f"Bearer {text}"
        return request


class _Adapter(HTTPAdapter):
    """`requests`' adapter over our connections. Its own retries are off (its default)."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None at all: `requests` would read a redirect's whole body, and prepare what we never follow."""


def _session(connections: int) -> requests.Session:
    session = _Session()
    adapter = _Adapter(pool_connections=2, pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _no_proxies(base_url: str) -> dict[str, str]:
    """What tells `requests` to pass over the environment's proxies: loopback and plain http are reached directly."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    return {"no_proxy": host} if parts.scheme == "http" or loopback(host) else {}


_PREFIX = {"TLS": "No trusted TLS connection to", "NOT_SENT": "Nothing could be sent to", "UNREACHABLE": "No connection to"}


def _code_before_sending(broken: Exception) -> str:
    """Only a failed connection is worth another try; a bad certificate, proxy address or CA file is not."""
    if isinstance(broken, requests.exceptions.SSLError):
        return "TLS"
    tried = isinstance(broken, requests.ConnectionError | requests.Timeout | HTTPError)
    return "UNREACHABLE" if tried else "NOT_SENT"


def _chain(broken: BaseException) -> list[BaseException]:
    """The exception and those that it wraps (as `reason`, argument or cause), outermost first."""
    chain = [broken]
    while len(chain) < 10:  # a loop would be somebody's bug
        outer = chain[-1]
        inner = next((each for each in (getattr(outer, "reason", None), *outer.args, outer.__cause__) if isinstance(each, BaseException)), None)
        if inner is None:
            break
        chain.append(inner)
    return chain


def _said(root: BaseException) -> str:
    return (root.strerror if isinstance(root, OSError) else None) or str(root) or type(root).__name__


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text[:12]) if text.isdecimal() and text.isascii() else None
