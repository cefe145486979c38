"""How commits of the repository hang together, by GitHub's API: the container has no git. Few requests, each asked once, and tolerant.

One listing of the newest hundred commits below the run's own answers most questions; GitHub's comparison the others.
"""

import re
import threading
from collections.abc import Iterable
from typing import Any

from deployer.github.api import Api
from deployer.model.errors import PlatformError

MOST = 60  # requests for one run; after that, what is not known stays unknown
TIPS = 10  # branches and tags to compare with, each a request
PAGE = 100
NOT_FOUND = 404
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_AHEAD = {"ahead": True, "identical": True, "behind": False, "diverged": False}


class Commits:
    """`own` is the run's commit. `branch`: the default branch, "" when the event did not tell. Safe to use from threads."""

    def __init__(self, api: Api, own: str, branch: str = "") -> None:
        self._api = api
        self._own = own
        self._branch = branch
        self._answers: dict[tuple[str, tuple[tuple[str, str | int], ...]], Any] = {}
        self._lock = threading.RLock()

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """Is `older` an ancestor of (or the same as) `newer`? Either may be abbreviated. None when it cannot be known."""
        if not (_COMMIT.fullmatch(older) and _COMMIT.fullmatch(newer)):
            return None
        if _same(older, newer):
            return True
        if _same(older, self._own) and _among(newer, self._below_own()):
            return False
        if _same(newer, self._own) and _among(older, self._below_own()):
            return True
        return self._compare(older, newer)

    def reached(self, commit: str) -> bool | None:
        """Does a branch or a tag reach this commit? The run's own one does, and so do those below it. None when it cannot be known."""
        if not _COMMIT.fullmatch(commit) or not self._own:
            return None
        below = self.is_ancestor(commit, self._own)
        if below:
            return True
        if not self._below_own():
            return None  # nothing of the repository can be read, so "not found" says nothing
        if below is None and self._ask(_comparison(commit, self._own), per_page=1) == NOT_FOUND:
            return False
        branch = self._branch or self._default_branch()
        if branch and self._compare(commit, branch):
            return True
        return self._by_tips(commit)

    def _by_tips(self, commit: str) -> bool | None:
        """By the tips of all branches and tags: whether one is this commit, else whether one of a few has it below."""
        lists = [self._ask(f"/{kind}", per_page=PAGE) for kind in ("branches", "tags")]
        if any(not isinstance(rows, list) for rows in lists):
            return None
        tips = list(dict.fromkeys(_shas(row.get("commit") for rows in lists for row in rows if isinstance(row, dict))))
        if _among(commit, tips):
            return True
        if any(self._compare(commit, tip) for tip in tips[:TIPS]):
            return True
        every = len(tips) <= TIPS and all(len(rows) < PAGE for rows in lists)
        known = every and all(self._compare(commit, tip) is False for tip in tips)
        return False if known else None

    def _compare(self, older: str, newer: str) -> bool | None:
        """By GitHub's comparison."""
        reply = self._ask(_comparison(older, newer), per_page=1)
        return _AHEAD.get(reply.get("status", "")) if isinstance(reply, dict) else None

    def _below_own(self) -> list[str]:
        rows = self._ask("/commits", sha=self._own, per_page=PAGE) if self._own else None
        return list(_shas(rows)) if isinstance(rows, list) else []

    def _default_branch(self) -> str:
        reply = self._ask("")
        name = reply.get("default_branch") if isinstance(reply, dict) else None
        return name if isinstance(name, str) else ""

    def _ask(self, path: str, **parameters: str | int) -> Any:
        """The reply, kept for the run; NOT_FOUND for what is not there, None when it cannot be asked."""
        asked = path, tuple(parameters.items())
        with self._lock:
            if asked not in self._answers:
                self._answers[asked] = self._asked(path, parameters) if len(self._answers) < MOST else None
            return self._answers[asked]

    def _asked(self, path: str, parameters: dict[str, str | int]) -> Any:
        try:
            return self._api.get(path, **parameters)
        except PlatformError as error:
            return NOT_FOUND if error.status == NOT_FOUND else None


def _comparison(base: str, head: str) -> str:
    return f"/compare/{base}...{head}"


def _shas(rows: Iterable[object]) -> Iterable[str]:
    return (row["sha"] for row in rows if isinstance(row, dict) and isinstance(row.get("sha"), str))


def _among(commit: str, known: Iterable[str]) -> bool:
    return any(_same(commit, each) for each in known)


def _same(one: str, other: str) -> bool:
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
