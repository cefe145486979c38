"""Commits of the repository, by GitHub's API, since the container has no git: what a name stands for, a file as a commit has it, and ancestry.

For ancestry few requests are made, each once, and a failed one leaves the answer unknown. One listing of the newest hundred commits below the
run's own answers most questions, GitHub's comparison the others.
"""

import base64
import binascii
import re
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from deployer.github.api import Api
from deployer.model.errors import PlatformError
from deployer.model.fingerprint import same_hash

MAX_REQUESTS = 60  # of one run; after that, what is not known stays unknown
MAX_TIPS = 10  # branches and tags to compare with, each a request
PAGE_SIZE = 100
NOT_FOUND = 404
NO_COMMIT = 422  # "No commit found for SHA"
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_AHEAD = {"ahead": True, "identical": True, "behind": False, "diverged": False}


def resolve(api: Api, name: str) -> str | None:
    """The full commit that a tag, branch or abbreviated commit stands for; None without one. A tag counts before a branch of that name, as in git.

    Raises PlatformError when GitHub cannot be asked.
    """
    for ref in (f"tags/{name}", name):
        reply = _get(api, f"/commits/{quote(ref)}")
        sha = reply.get("sha") if isinstance(reply, dict) else None
        if isinstance(sha, str):
            return sha
    return None


def exists(api: Api, commit: str) -> bool:
    """Whether the repository has that commit. Raises PlatformError when GitHub cannot be asked."""
    return isinstance(_get(api, f"/commits/{quote(commit)}"), dict)


def read_file(api: Api, commit: str, path: str) -> bytes | None:
    """A file as that commit has it; None where it has none. Raises PlatformError when GitHub cannot be asked."""
    file = _get(api, f"/contents/{quote(path)}", ref=commit)
    if not isinstance(file, dict) or file.get("type") != "file":
        return None
    content = _decoded(file)
    if content is None and isinstance(file.get("sha"), str):
        content = _decoded(_get(api, f"/git/blobs/{quote(file['sha'])}"))  # above 1 MB the first reply leaves it out
    return content


def list_folder(api: Api, commit: str, folder: str) -> dict[str, str] | None:
    """The files of a folder as that commit has it, at most 1,000: each one's hash in git, by path. None where the commit, as far as it may be read,
    has no such folder. Raises PlatformError when GitHub cannot be asked."""
    rows = _get(api, f"/contents/{quote(folder)}", ref=commit)
    if not isinstance(rows, list):
        return None
    files = (row for row in rows if isinstance(row, dict) and row.get("type") == "file")
    return {row["path"]: row["sha"] for row in files if isinstance(row.get("path"), str) and isinstance(row.get("sha"), str)}


def _get(api: Api, path: str, **parameters: str) -> Any:
    """The reply; None for what does not exist."""
    if ".." in path.split("/"):
        return None  # it would lead to another call than this one; git has no such names
    try:
        return api.get(path, **parameters)
    except PlatformError as error:
        if error.status in (NOT_FOUND, NO_COMMIT):
            return None
        raise


def _decoded(reply: Any) -> bytes | None:
    if not isinstance(reply, dict) or reply.get("encoding") != "base64" or not isinstance(reply.get("content"), str):
        return None
    try:
        return base64.b64decode(reply["content"])
    except (binascii.Error, ValueError):
        return None


class Commits:
    """Ancestry, as far as it can be known. `own` is the run's commit. `branch`: the default branch, "" to ask for it. Thread-safe."""

    def __init__(self, api: Api, own: str, branch: str = "") -> None:
        self._api = api
        self._own = own
        self._branch = branch
        self._answers: dict[tuple[str, tuple[tuple[str, str | int], ...]], Any] = {}
        self._lock = threading.RLock()

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """Whether `older` is an ancestor of (or the same as) `newer`. Either may be abbreviated. None when it cannot be known."""
        if not (_COMMIT.fullmatch(older) and _COMMIT.fullmatch(newer)):
            return None
        if same_hash(older, newer):
            return True
        if same_hash(older, self._own) and _among(newer, self._below_own()):
            return False
        if same_hash(newer, self._own) and _among(older, self._below_own()):
            return True
        return self._compare(older, newer)

    def is_reached(self, commit: str) -> bool | None:
        """Whether a branch or a tag reaches this commit. The run's own is reached, and so are those below it. None when it cannot be known."""
        if not _COMMIT.fullmatch(commit) or not self._own:
            return None
        is_below = self.is_ancestor(commit, self._own)
        if is_below:
            return True
        if not self._below_own():
            return None  # nothing of the repository can be read, so "not found" says nothing
        if is_below is None and self._ask(_comparison(commit, self._own), per_page=1) == NOT_FOUND:
            return False
        branch = self.default_branch()
        if branch and self._compare(commit, branch):
            return True
        return self._is_below_tips(commit)

    def _is_below_tips(self, commit: str) -> bool | None:
        """Whether the tip of a branch or tag is this commit, or one of the first few has it below; None when it cannot be known."""
        lists = [self._ask(f"/{kind}", per_page=PAGE_SIZE) for kind in ("branches", "tags")]
        if any(not isinstance(rows, list) for rows in lists):
            return None
        tips = list(dict.fromkeys(_shas(row.get("commit") for rows in lists for row in rows if isinstance(row, dict))))
        if _among(commit, tips):
            return True
        if any(self._compare(commit, tip) for tip in tips[:MAX_TIPS]):
            return True
        complete = len(tips) <= MAX_TIPS and all(len(rows) < PAGE_SIZE for rows in lists)
        return False if complete and all(self._compare(commit, tip) is False for tip in tips) else None

    def _compare(self, older: str, newer: str) -> bool | None:
        """`is_ancestor` by GitHub's comparison."""
        reply = self._ask(_comparison(older, newer), per_page=1)
        status = reply.get("status") if isinstance(reply, dict) else None
        return _AHEAD.get(status) if isinstance(status, str) else None

    def _below_own(self) -> list[str]:
        rows = self._ask("/commits", sha=self._own, per_page=PAGE_SIZE) if self._own else None
        return list(_shas(rows)) if isinstance(rows, list) else []

    def default_branch(self) -> str:
        """The name of the default branch; "" when it cannot be asked for."""
        if self._branch:
            return self._branch
        reply = self._ask("")
        name = reply.get("default_branch") if isinstance(reply, dict) else None
        return name if isinstance(name, str) else ""

    def _ask(self, path: str, **parameters: str | int) -> Any:
        """The reply, asked for once; NOT_FOUND for what does not exist, None when it cannot be asked."""
        question = path, tuple(parameters.items())
        with self._lock:
            if question not in self._answers:
                self._answers[question] = self._answer(path, parameters) if len(self._answers) < MAX_REQUESTS else None
            return self._answers[question]

    def _answer(self, path: str, parameters: dict[str, str | int]) -> Any:
        try:
            return self._api.get(path, **parameters)
        except PlatformError as error:
            return NOT_FOUND if error.status == NOT_FOUND else None


def _comparison(base: str, head: str) -> str:
    return f"/compare/{base}...{head}"


def _shas(rows: Iterable[object]) -> Iterable[str]:
    return (row["sha"] for row in rows if isinstance(row, dict) and isinstance(row.get("sha"), str))


def _among(commit: str, known: Iterable[str]) -> bool:
    return any(same_hash(commit, sha) for sha in known)
