"""Bytes to a host and back: one pooled adapter of `requests`, and the failure that a broken connection is.

With `sockets.py` the only file that imports `requests` and `urllib3`; it is imported late, by the first call. What holds of it:
- TLS is verified, by the certificates that `certificates.py` finds; redirects are not followed, cookies are not kept, and no `.netrc` is
  read: the auth object holds the key.
- Proxies from the environment are used, but never for loopback or for plain http.
- A call that may not be repeated gets a new connection. An idle one may have been closed by the server in the meantime,
  and then it would be unknown whether the request was read.
- Whether anything was sent is observed at the socket, not guessed from the kind of an exception.
"""

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from http.client import HTTPException, IncompleteRead
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TransportTimeout

from deployer import __version__
from deployer.http.address import is_loopback
from deployer.http.certificates import TrustedCertificates, find_certificates
from deployer.http.classify import FailedReply
from deployer.http.request import Request
from deployer.http.server_text import plain
from deployer.http.sockets import POOLS, HeadTooLargeError, trace
from deployer.model.errors import UsageError
from deployer.model.secret import Secret

MAX_ERROR_BYTES = 64 * 1024  # that are read of an error reply
USER_AGENT = f"flowship/{__version__}"
_CHUNK_BYTES = 65536
_MAX_SIZE_DIGITS = 15
_BROKEN = (requests.RequestException, HTTPError, OSError)
_TIMEOUTS = (requests.Timeout, TransportTimeout, TimeoutError)
_PREFIX = {"TLS": "No trusted TLS connection to", "NOT_SENT": "Nothing could be sent to", "UNREACHABLE": "No connection to"}


class RawReply(NamedTuple):
    """The result of one request. `sent`: some of it went out. `status` 0: no reply. Header names in lower case. `sent_bytes`: of the request's body.

    `failure`: why no whole reply came; None when one did, or when it has an error status, which is enough.
    """

    sent: bool
    status: int = 0
    headers: Mapping[str, str] = {}
    content: bytes = b""
    failure: FailedReply | None = None
    sent_bytes: int = 0


class Transport:
    """Connections to the host of `base_url`. Safe to use from threads."""

    def __init__(self, base_url: str, connections: int) -> None:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        self._host = parts.netloc
        # This makes `requests` pass over the environment's proxies: loopback and plain http are reached directly.
        proxies = {"no_proxy": host} if parts.scheme == "http" or is_loopback(host) else {}
        variables = os.environ if parts.scheme == "https" else {}
        self._certificates = find_certificates(variables, DEFAULT_CA_BUNDLE_PATH)
        self._adapter = _Adapter(self._certificates, pool_connections=2, pool_maxsize=connections)
        with requests.Session() as session:
            self._headers: dict[str, Any] = {**session.headers, "User-Agent": USER_AGENT, "Accept": "application/json"}
            settings = session.merge_environment_settings(base_url, proxies, stream=True, verify=None, cert=None)
        self._route: dict[str, Any] = {name: settings[name] for name in ("proxies", "verify", "cert")}

    def close(self) -> None:
        """Give idle connections back."""
        self._adapter.close()

    def exchange(
        self, request: Request, url: str, timeouts: tuple[float, float], redact: Callable[[str], str], time_left: Callable[[], float]
    ) -> RawReply:
        """Send once. `time_left()` is asked before each read of the reply, and ends that at 0. The response is closed in any case."""
        if self._certificates.problem:
            return RawReply(sent=False, failure=FailedReply("refused", "CA_FILE", self._certificates.problem))
        trace.begin(fresh=not request.repeatable, time_left=time_left)
        try:
            response = self._adapter.send(self._prepared(request, url), timeout=timeouts, stream=True, **self._route)
        except _BROKEN as broken:
            return RawReply(trace.sent, failure=self._failure(broken, request, redact))
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            reply = RawReply(trace.sent, response.status_code, headers, sent_bytes=int(response.request.headers.get("Content-Length", 0)))
            try:
                return reply._replace(content=_content(response, request.max_reply_bytes))
            except _TooLargeError as too_large:
                return reply._replace(failure=_too_large(request, str(too_large))._replace(status=response.status_code))
            except _BROKEN as broken:
                return reply if response.status_code >= 300 else reply._replace(failure=self._failure(broken, request, redact))

    def _prepared(self, request: Request, url: str) -> requests.PreparedRequest:
        """What `requests.Session` makes of a request, without what is the same for all of a host, and without cookies and hooks: that is half of
        the time that a call takes here."""
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = _whole_url(url, tuple((request.params or {}).items()))
        if request.headers:
            prepared.prepare_headers({**self._headers, **request.headers})
        else:
            prepared.headers = CaseInsensitiveDict(self._headers)
        if request.method != "GET":
            prepared.prepare_body(request.form if request.content is None else request.content, request.files, request.json)
        return _auth(request)(prepared)

    def _failure(self, broken: Exception, request: Request, redact: Callable[[str], str]) -> FailedReply:
        """A failure without a whole reply: what kind it is depends on whether anything had been sent."""
        chain = _chain(broken)
        reason = plain(_reason(chain[-1]), redact)
        if not trace.sent:
            code = _code_before_sending(broken)
            return FailedReply("unconnected" if code == "UNREACHABLE" else "refused", code, f"{_PREFIX[code]} {self._host}: {reason}")
        if any(isinstance(error, HeadTooLargeError) for error in chain):
            return _too_large(request, reason)
        if any(isinstance(error, _TIMEOUTS) for error in chain):
            return FailedReply("lost", "TIMEOUT", f"{self._host} did not answer in time: {reason}")
        if any(isinstance(error, HTTPException) and not isinstance(error, IncompleteRead | OSError) for error in chain):
            return FailedReply("lost", "ODD_REPLY", f"{self._host} answered with what is no HTTP: {reason}")
        return FailedReply("lost", "TORN_REPLY" if trace.answered else "RESET", f"The connection to {self._host} broke: {reason}")


@lru_cache(1024)
def _whole_url(url: str, params: tuple[tuple[str, str | int], ...]) -> str:
    """The URL with these parameters, quoted. Raises requests' exceptions for what is none."""
    prepared = requests.PreparedRequest()
    prepared.prepare_url(url, dict(params))
    return str(prepared.url)


def _content(response: requests.Response, max_bytes: int) -> bytes:
    """The body, unpacked; of an error reply what its first bytes are. Raises _TooLargeError."""
    is_error = response.status_code >= 300
    announced = response.headers.get("Content-Length", "")
    if not is_error and announced.isdecimal() and (len(announced) > _MAX_SIZE_DIGITS or int(announced) > max_bytes):
        raise _TooLargeError(f"it announces {announced[:30]} bytes, and this call takes {_size(max_bytes)} at most")
    content = bytearray()
    while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        content += part
        if is_error and len(content) >= MAX_ERROR_BYTES:
            break
        if len(content) > max_bytes:
            raise _TooLargeError(f"this call takes {_size(max_bytes)} at most")
    return bytes(content)


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >> 20 else f"{size} bytes"


def _too_large(request: Request, reason: str) -> FailedReply:
    """A read is not asked for so much again."""
    return FailedReply("refused" if request.method == "GET" else "lost", "REPLY_TOO_LARGE", f"The reply is too large: {reason}")


class _TooLargeError(Exception):
    """The reply is larger than the call can need. The message says how much that is."""


def _auth(request: Request) -> AuthBase:
    user, _, password = request.key.reveal().partition(":")
    return HTTPBasicAuth(user, password) if request.basic else _KeyHeader(request.key, request.key_header)


class _KeyHeader(AuthBase):
    """`Authorization: Bearer`, or the key in a header of another name. Given with every request, so that `requests` never looks for a `.netrc`."""

    def __init__(self, key: Secret, name: str) -> None:
        self._key = key
        self._name = name

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        text = self._key.reveal()
        if not text or any(not "!" <= char <= "~" for char in text):
            raise UsageError("The key is empty, or holds a character that no HTTP header can carry.", fix="Copy it again, without quotes.")
        request.headers[self._name or "Authorization"] = text if self._name else f"Bearer {text}"
        return request


class _Adapter(HTTPAdapter):
    """`requests`' adapter over our connections, which trust `certificates`. Its own retries are off (its default)."""

    def __init__(self, certificates: TrustedCertificates, **kwargs: Any) -> None:
        self._certificates = certificates
        super().__init__(**kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 - its signature
        """Called with each connection. What `requests` found in the environment (`verify`) is one of several places that we look in."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = self._certificates.file or None
        conn.ca_cert_dir = self._certificates.folders or None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


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
