"""The values of the stand-in: requests and replies, tokens, faults, and the table of routes."""

import fnmatch
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

BOT = "github-actions[bot]"
LIMIT = 1000  # calls an hour, as the default token has
LEVELS = ("none", "read", "write")


class HubReply(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Refused(Exception):  # noqa: N818 - an answer, as an exception
    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = HubReply(status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more})


@dataclass
class JobToken:
    """`login` is who it acts as; `permissions` by name ("contents", "deployments", …): none, read or write."""

    login: str = BOT
    permissions: dict[str, str] = field(
        default_factory=lambda: {
            "contents": "read",
            "deployments": "write",
            "issues": "write",
            "checks": "write",
            "actions": "read",
            "pull-requests": "read",
        }
    )


@dataclass
class Fault:
    """What happens to requests that match. `after`: the effect takes place first. `skip` the first ones, then `times` of them.

    `do`: an HTTP status, "reset" (the connection breaks), "secondary" (403 with Retry-After), "primary" (403, nothing left, reset in
    `seconds`), or "torn" (half a body).
    """

    method: str = "*"
    path: str = "*"
    do: int | str = 502
    after: bool = False
    skip: int = 0
    times: int = 1
    seconds: int = 0
    message: str = "Server Error"

    def matches(self, method: str, path: str) -> bool:
        if not (fnmatch.fnmatchcase(method, self.method) and fnmatch.fnmatchcase(path, self.path)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


class Asked(NamedTuple):
    """One request as it came. `body` is its JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str


ROUTES: list[tuple[str, re.Pattern[str], str, tuple[str, str]]] = []


def route(method: str, path: str, needs: str = "contents:read") -> Callable[[Any], Any]:
    """`needs`: the permission and the level, as `deployments:write`; `a|b:write` where either does."""

    def register(function: Any) -> Any:
        name, _, level = needs.partition(":")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+)\*\}", r"(?P<\1>.+)", path))
        ROUTES.append((method, re.compile(pattern + r"\Z"), function.__name__, (name, level)))
        return function

    return register


def blob_hash(content: bytes) -> str:
    """As git has it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
