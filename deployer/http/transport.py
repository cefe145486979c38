"""Bytes to a host and back: one pooled session of `requests`, and the failure that a broken connection is.

With `sockets.py` the only file that imports `requests` and `urllib3`; it is imported late, by the first call. What holds of it:
- TLS is verified, redirects are not followed, cookies are not kept, and no `.netrc` is read: the auth object holds the key.
- Proxies from the environment are used, but never for loopback or for plain http.
- A call that may not be repeated gets a new connection. An idle one may have been closed by the server in the meantime,
  and then it would be unknown whether the request was read.
- Whether anything was sent is observed at the socket, not guessed from the kind of an exception.
"""

from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TransportTimeout

from deployer import __version__
from deployer.http.address import is_loopback
from deployer.http.classify import FailedReply
from deployer.http.request import Request
from deployer.http.server_text import plain
from deployer.http.sockets import POOLS, trace
from deployer.model.errors import UsageError
from deployer.model.secret import Secret

MAX_REPLY_BYTES = 64 * 1024 * 1024
USER_AGENT = f"flowship/{__version__}"
_CHUNK_BYTES = 65536
_BROKEN = (requests.RequestException, HTTPError, OSError)
_TIMEOUTS = (requests.Timeout, TransportTimeout, TimeoutError)
_PREFIX = {"TLS": "No trusted TLS connection to", "NOT_SENT": "Nothing could be sent to", "UNREACHABLE": "No connection to"}


class RawReply(NamedTuple):
    """The result of one request. `sent`: some of it went out. `status` 0: no reply. Header names in lower case.

    `failure`: why no whole reply came; None when one did, or when it has an error status, which is enough.
    """

    sent: bool
    status: int = 0
    headers: Mapping[str, str] = {}
    content: bytes = b""
    failure: FailedReply | None = None


class Transport:
    """Connections to the host of `base_url`. Safe to use from threads."""

    def __init__(self, base_url: str, connections: int) -> None:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        self._host = parts.netloc
        # This makes `requests` pass over the environment's proxies: loopback and plain http are reached directly.
        self._proxies = {"no_proxy": host} if parts.scheme == "http" or is_loopback(host) else {}
        self._session = _session(connections)

    def close(self) -> None:
        """Give idle connections back."""
        self._session.close()

    def exchange(
        self, request: Request, url: str, timeouts: tuple[float, float], redact: Callable[[str], str], is_late: Callable[[], bool]
    ) -> RawReply:
        """Send once. `is_late()` is asked while the reply comes in, and ends that. The response is closed in any case."""
        trace.begin(fresh=not request.repeatable)
        try:
            response = self._session.request(
                request.method, url, params=request.params, json=request.json, data=request.form if request.content is None else request.content,
                files=request.files, headers=request.headers, auth=_Bearer(request.key), timeout=timeouts, proxies=self._proxies,
                allow_redirects=False, stream=True,
            )  # fmt: skip
        except _BROKEN as broken:
            return RawReply(trace.sent, failure=self._failure(broken, redact))
        with response:
            reply = RawReply(trace.sent, response.status_code, {name.lower(): value for name, value in response.headers.items()})
            try:
                return reply._replace(content=_content(response, is_late))
            except _TooLargeError:
                message = f"The reply is larger than {MAX_REPLY_BYTES >> 20} MiB"
                too_large = FailedReply("lost", "REPLY_TOO_LARGE", message, response.status_code)
                # A read is not asked for so much again.
                return reply._replace(failure=too_large._replace(kind="refused") if request.method == "GET" else too_large)
            except _BROKEN as broken:
                return reply if response.status_code >= 300 else reply._replace(failure=self._failure(broken, redact))

    def _failure(self, broken: Exception, redact: Callable[[str], str]) -> FailedReply:
        """A failure without a whole reply: what kind it is depends on whether anything had been sent."""
        chain = _chain(broken)
        reason = plain(_reason(chain[-1]), redact)
        if not trace.sent:
            code = _code_before_sending(broken)
            return FailedReply("unconnected" if code == "UNREACHABLE" else "refused", code, f"{_PREFIX[code]} {self._host}: {reason}")
        if any(isinstance(error, _TIMEOUTS) for error in chain):
            return FailedReply("lost", "TIMEOUT", f"{self._host} did not answer in time: {reason}")
        return FailedReply("lost", "TORN_REPLY" if trace.answered else "RESET", f"The connection to {self._host} broke: {reason}")


def _content(response: requests.Response, is_late: Callable[[], bool]) -> bytes:
    """The body, within size and time: a slow server cannot outlast the clock."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            raise _TooLargeError
        if is_late():
            raise TransportTimeout("the run's time ended before the reply did")
    return b"".join(parts)


class _TooLargeError(Exception):
    """The reply is larger than any reply of these APIs."""


class _Bearer(AuthBase):
    """`Authorization: Bearer`. Given with every request, so that `requests` never looks for a `.netrc`."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        text = self._key.reveal()
        if not text or any(not "!" <= char <= "~" for char in text):
            raise UsageError("The key is empty, or holds a character that no HTTP header can carry.", fix="Copy it again, without quotes.")
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
        """Always None: `requests` would read a redirect's whole body, and prepare a request that is never sent."""


def _session(connections: int) -> requests.Session:
    session = _Session()
    adapter = _Adapter(pool_connections=2, pool_maxsize=connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _code_before_sending(broken: Exception) -> str:
    """Only a failed connection is worth another try; a bad certificate, proxy address or CA file is not."""
    if isinstance(broken, requests.exceptions.SSLError):
        return "TLS"
    tried = isinstance(broken, requests.ConnectionError | requests.Timeout | HTTPError)
    return "UNREACHABLE" if tried else "NOT_SENT"


def _chain(broken: BaseException) -> list[BaseException]:
    """The exception and those that it wraps (as `reason`, argument or cause), outermost first."""
    chain = [broken]
    while len(chain) < 10:  # a loop would be a bug of a library
        outer = chain[-1]
        inner = next((error for error in (getattr(outer, "reason", None), *outer.args, outer.__cause__) if isinstance(error, BaseException)), None)
        if inner is None:
            break
        chain.append(inner)
    return chain


def _reason(root: BaseException) -> str:
    return (root.strerror if isinstance(root, OSError) else None) or str(root) or type(root).__name__
