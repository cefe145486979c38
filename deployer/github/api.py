"""GitHub's API: one repository, one token, one run, over the client that the platforms are called with.

What is special about GitHub is data, `SERVICE`. Of every call holds:
- Nothing waits longer than half of what the run's time limit leaves; after a signal nothing waits, and a last call is short.
- A call that may not be repeated is only repeated where it is certain that it did nothing. Else `OutcomeUnknown`: the caller looks first.
- TLS is verified, no `.netrc` is read, and a redirect (a renamed repository) is only followed on the same host, so that the token
  goes nowhere else.
Calls go out one by one, as GitHub asks. Failures are `deployer.model.errors`, of the platform `github`.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from deployer.http import certificates, retry
from deployer.http.classify import Expected
from deployer.http.client import Http
from deployer.http.clock import Clock
from deployer.http.request import SMALL_REPLY_BYTES, Request
from deployer.http.retry import RetryRow, RetryRule
from deployer.http.service import Service
from deployer.model.errors import PlatformError, UsageError
from deployer.model.secret import Secret

BOT = "github-actions[bot]"  # the account of a job's default token
TIMEOUTS = (5.0, 15.0)  # seconds to connect and to wait for a reply
GRAPHQL = "graphql"  # its calls are counted apart
_LIMIT_WORDS = ("rate limit", "abuse detection", "wait a few minutes", "retry your request again later")
_HEADERS = {"Accept": "application/vnd.github+json"}
_ANY = Expected(may_be_empty=True)
_MAX_REPLY_BYTES = 16 * 1024 * 1024  # a page of deployments, a comparison of commits, a file as a commit has it
_RUN = re.compile(r"(\d+)\.(\d+)(?:-.*)?")  # `123.2`, and a job of it: the second attempt of run 123


def _error(status: int, headers: Mapping[str, str], body: Any) -> tuple[object, tuple[object, ...]] | None:
    """A limit, answered with 403 or 429 (docs/contracts/github-actions.md, "Token"): words or headers tell it from a missing permission."""
    text = body.get("message") if isinstance(body, dict) else None
    has_words = isinstance(text, str) and any(words in text.lower() for words in _LIMIT_WORDS)
    limited = status == 403 and (has_words or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")
    return ("RATE_LIMIT", (text,)) if limited or status == 429 else None


SERVICE = Service(
    "github",
    "GitHub",
    _error,
    explain=lambda code, _status: ("", certificates.FIXES.get(code, "")),
    counts_as={"RATE_LIMIT": 429},
    limit_code="RATE_LIMIT",
    kinds={429: "limited", **dict.fromkeys(range(500, 600), "lost")},
    # What may be repeated was not done, or was done as asked: no outcome of it is unknown.
    retries={
        **retry.RETRY,
        "lost": RetryRow("5xx, time-out or reset after sending, torn reply", RetryRule(retry=True), RetryRule(probe_seconds=5)),
    },
    limit_pause=60.0,
    max_wait_share=0.5,
    last_timeouts=(1.5, 2.0),  # the end may still be recorded
    follows_redirects=True,
    one_by_one=True,
    one_try_in_outage=True,
)


class Api:
    """One repository's part of GitHub's API. Safe to use from threads. `base_url` as in `GITHUB_API_URL`, `repository` as `owner/name`."""

    def __init__(
        self,
        base_url: str,
        repository: str,
        token: Secret,
        *,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.repository = repository
        self.clock = clock
        self._token = token
        self._root = "/v3" if base_url.endswith("/v3") else ""  # an Enterprise Server's; GraphQL stands beside it
        self._http = Http(SERVICE, base_url.removesuffix("/v3"), clock=clock, connections=1, timeouts=TIMEOUTS, jitter=jitter, now=now)
        self._viewer: str | None = None

    def get(self, path: str, **parameters: str | int) -> Any:
        """The reply's JSON. `path` below the repository. Raises PlatformError; of status 404 also where a permission is missing."""
        return self._call("GET", path, parameters=parameters)

    def get_page(self, path: str, **parameters: str | int) -> Any:
        """As `get`, for what others may have posted: a reply that is not good, however often it is asked for, is asked for once."""
        return self._call("GET", path, parameters=parameters, retry_odd=False)

    def post(self, path: str, body: Mapping[str, Any], *, repeatable: bool) -> Any:
        """The reply's JSON. Raises OutcomeUnknown when it is unknown whether it took effect, PlatformError when it did not."""
        return self._call("POST", path, body=body, repeatable=repeatable)

    def patch(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Any:
        """The reply's JSON. Raises as `post` does."""
        return self._call("PATCH", path, body=body, repeatable=repeatable)

    def delete(self, path: str) -> None:
        """Raises PlatformError; of status 404 when it was gone."""
        self._call("DELETE", path)

    def has_run_ended(self, run: str) -> bool | None:
        """Whether a run of GitHub Actions has ended, with all of its jobs; None for another run, or when the token may not ask (it takes
        `actions: read`)."""
        match = _RUN.fullmatch(run)
        if not match:
            return None
        try:
            status = _value_at(self.get(f"/actions/runs/{match[1]}/attempts/{match[2]}"), "status")
        except PlatformError:
            return None
        return status == "completed" if isinstance(status, str) else None

    def acts_as(self, login: str) -> bool:
        """Whether that is this token's own account. A token whose account GitHub does not show is taken for a job's default token."""
        viewer = self.viewer() or BOT
        return login in (viewer, f"{viewer}[bot]")

    def viewer(self) -> str:
        """The login that this token acts as; "" when GitHub does not show it. Asked once, by GraphQL: the default token may not read /user."""
        if self._viewer is None:
            body = {"query": "query { viewer { login } }"}
            try:
                reply = self._send(Request("POST", "/graphql", self._token, repeatable=True, json=body, expected=_ANY, bucket=GRAPHQL))
            except PlatformError:
                reply = None
            login = _value_at(reply, "data", "viewer", "login")
            self._viewer = login if isinstance(login, str) else ""
        return self._viewer

    def pause(self, seconds: float) -> bool:
        """Wait before the next look. False, without waiting, when that would take too much of the time left."""
        return SERVICE.wait(self.clock, seconds)

    def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        retry_odd: bool = True,
    ) -> Any:
        where = f"{self._root}/repos/{self.repository}{path}"
        request = Request(
            method, where, self._token, repeatable=repeatable, params=parameters, json=body, headers=_HEADERS, expected=_ANY,
            max_reply_bytes=_MAX_REPLY_BYTES if method == "GET" else SMALL_REPLY_BYTES, retry_odd=retry_odd,
        )  # fmt: skip
        return self._send(request)

    def _send(self, request: Request) -> Any:
        try:
            body = self._http.send(request).body
        except UsageError as error:  # a token that no header can carry
            raise PlatformError(SERVICE.name, error.message, code="NOT_SENT") from None
        return {} if body is None else body


def _value_at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
