"""GitHub's API: one repository, one token, one run. The only importer of PyGithub, and late: loading it costs a quarter of a second.

PyGithub brings the address, the token and the connection. Its own habits are off: it repeats a POST, sleeps up to an hour for a
rate limit, and spaces calls in time. What is promised here of every call:
- Nothing waits longer than half of what the run's time limit leaves; after a signal nothing waits, and a last call is short.
- A call that may not be repeated is not, unless GitHub said that it did nothing. Else `Unanswered`: the caller looks first.
- TLS is verified, no `.netrc` is read, and a redirect (a renamed repository) is only followed on the same host, so that the token
  goes nowhere else.
Calls go out one by one, as GitHub asks for. Failures are `deployer.model.errors`, of the platform `github`.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from deployer import __version__
from deployer.github import limits
from deployer.model.errors import PlatformError, Unanswered
from deployer.model.secret import Secret

PLATFORM = "github"
BOT = "github-actions[bot]"  # who a job's default token acts as
TRIES = 5
TIMEOUTS = (5.0, 15.0)  # seconds to connect and to wait for a reply
LAST_TIMEOUTS = (1.5, 2.0)  # when the run was told to stop, or its time is over: the end may still be recorded
_WORDS = 300


class Time(Protocol):
    """The run's clock: see `deployer.http.clock.Clock`."""

    @property
    def remaining(self) -> float: ...

    @property
    def stopped(self) -> bool: ...

    def wait(self, seconds: float, /) -> bool: ...


class Reply(NamedTuple):
    """`status` 0: none came, and `text` says why. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def message(self) -> str:
        """What went wrong, in GitHub's words."""
        data = _json(self.text) if self.status else None
        said = data.get("message") if isinstance(data, dict) else None
        words = said if isinstance(said, str) else self.text if not self.status else ""
        return " ".join(words.split())[:_WORDS] or f"HTTP {self.status}"


class Api:
    """One repository's part of GitHub's API. Safe to use from threads. `base_url` as in `GITHUB_API_URL`, `repository` as `owner/name`."""

    def __init__(
        self,
        base_url: str,
        repository: str,
        token: Secret,
        *,
        clock: Time,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.repository = repository
        self.clock = clock
        self.requests = 0
        self._base_url = base_url
        self._token = token
        self._jitter = jitter
        self._now = now
        self._lock = threading.Lock()
        self._connection: tuple[Any, Any] | None = None
        self._viewer: str | None = None
        self._down = False  # the last call found nobody: the next one does not wait as long

    def get(self, path: str, **parameters: str | int) -> Any:
        """The reply's JSON. `path` below the repository. Raises PlatformError; of status 404 also where a permission is missing."""
        return self._call("GET", f"/repos/{self.repository}{path}", parameters=parameters)

    def post(self, path: str, body: Mapping[str, Any], *, repeatable: bool) -> Any:
        """The reply's JSON. Raises Unanswered when nobody can tell whether it took effect, PlatformError when it did not."""
        return self._call("POST", f"/repos/{self.repository}{path}", body=body, repeatable=repeatable)

    def patch(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Any:
        """The reply's JSON. Raises as `post` does."""
        return self._call("PATCH", f"/repos/{self.repository}{path}", body=body, repeatable=repeatable)

    def delete(self, path: str) -> None:
        """Raises PlatformError; of status 404 when it was gone."""
        self._call("DELETE", f"/repos/{self.repository}{path}")

    def acts_as(self, login: str) -> bool:
        """Is that this token's own account? Where GitHub does not tell whose it is, it is taken for a job's default token."""
        viewer = self.viewer() or BOT
        return login in (viewer, f"{viewer}[bot]")

    def viewer(self) -> str:
        """The login that this token acts as; "" when GitHub does not say. Asked once, by GraphQL: the default token may not read /user."""
        if self._viewer is None:
            try:
                reply = self._call("POST", "", body={"query": "query { viewer { login } }"}, repeatable=True)
            except PlatformError:
                reply = None
            login = _at(reply, "data", "viewer", "login")
            self._viewer = login if isinstance(login, str) else ""
        return self._viewer

    def _call(
        self, verb: str, url: str, *, parameters: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None, repeatable: bool = True
    ) -> Any:
        """One call, with as many tries as are right. An empty `url` is GraphQL's."""
        tries = 1 if self._down else TRIES
        for attempt in range(1, tries + 1):
            reply = self._send(verb, url, parameters or {}, body)
            words = "" if 200 <= reply.status < 300 else reply.message
            verdict = limits.judge(reply.status, reply.headers, words, attempt, self._jitter, self._now())
            self._down = verdict.kind == "broken"
            if verdict.kind == "fine":
                return self._content(verb, url, reply, repeatable=repeatable)
            if verdict.kind == "broken" and not repeatable:
                raise _unanswered(verb, url, reply)
            if verdict.kind == "refused" or attempt == tries or not self._wait(verdict.pause):
                break
        raise _failed(verb, url, reply, verdict.kind)

    def _content(self, verb: str, url: str, reply: Reply, *, repeatable: bool) -> Any:
        data = _json(reply.text) if reply.text else {}
        if data is None:
            raise _failed(verb, url, reply, "torn") if repeatable else _unanswered(verb, url, reply)
        return data

    def _wait(self, seconds: float) -> bool:
        """False when that would take more than half of the time left: what is being deployed needs the rest."""
        return seconds <= self.clock.remaining / 2 and self.clock.wait(seconds)

    def pause(self, seconds: float) -> bool:
        """Wait before looking again; False when there is no time for that."""
        return self._wait(seconds)

    def _send(self, verb: str, url: str, parameters: Mapping[str, Any], body: Mapping[str, Any] | None) -> Reply:
        late = self.clock.stopped or self.clock.remaining < TIMEOUTS[1]
        timeouts = LAST_TIMEOUTS if late else TIMEOUTS
        if not self._lock.acquire(timeout=timeouts[0] if late else -1):
            return Reply(0, {}, "another call was still waiting for its reply")
        try:
            requester, connection = self._connect()
            connection.timeout = timeouts
            self.requests += 1
            status, headers, text = requester.requestJson(
                verb, url or requester.graphql_url, dict(parameters), {"Accept": "application/vnd.github+json"}, body, connection
            )
        except OSError as broken:  # what `requests` raises, all of it
            return Reply(0, {}, _said(broken))
        except (RuntimeError, RecursionError) as redirected:  # PyGithub's words for a redirect that it does not follow
            return Reply(399, {}, str(redirected) or "too many redirects")
        finally:
            self._lock.release()
        return Reply(status, headers, text)

    def _connect(self) -> tuple[Any, Any]:
        if self._connection is None:
            from github import Auth, Github
            from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

            parts = urlsplit(self._base_url)
            hub = Github(
                auth=Auth.Token(self._token.reveal()),
                base_url=self._base_url,
                user_agent=f"flowship/{__version__}",
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
            )
            kind = HTTPSRequestsConnectionClass if parts.scheme == "https" else HTTPRequestsConnectionClass
            connection = kind(parts.hostname or "", parts.port, retry=None)
            if parts.scheme == "http":
                connection.session.trust_env = False  # loopback and service containers: no proxy
            self._connection = hub.requester, connection
        return self._connection


def _failed(verb: str, url: str, reply: Reply, kind: str) -> PlatformError:
    return PlatformError(PLATFORM, _words_of(verb, url, reply), code=_code(reply, kind), status=reply.status or None)


def _unanswered(verb: str, url: str, reply: Reply) -> Unanswered:
    return Unanswered(PLATFORM, _words_of(verb, url, reply), code=_code(reply, "broken"), patience=5, settled=False, status=reply.status or None)


def _code(reply: Reply, kind: str) -> str:
    return {"limited": "RATE_LIMIT", "torn": "TORN_REPLY"}.get(kind) or (f"HTTP {reply.status}" if reply.status else "UNREACHABLE")


def _words_of(verb: str, url: str, reply: Reply) -> str:
    return f"GitHub, {verb} {url or '/graphql'}: {reply.message}"


def _said(broken: BaseException) -> str:
    """The innermost reason: the outer ones hold addresses of objects."""
    root = broken
    for _ in range(10):
        inner = next((each for each in (getattr(root, "reason", None), *root.args, root.__cause__) if isinstance(each, BaseException)), None)
        if inner is None:
            break
        root = inner
    return (root.strerror if isinstance(root, OSError) else None) or str(root) or type(root).__name__


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
