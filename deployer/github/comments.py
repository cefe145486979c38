"""Comments on pull requests: one for each marker, which is its first line. It is changed in place, and made anew when it was deleted.

Outsiders can write a marker too: only comments of this token's own account count (docs/contracts/github-actions.md, "Comments").
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from deployer.github.api import Api
from deployer.model.errors import OutcomeUnknown, PlatformError

PAGE_SIZE = 100
MAX_PAGES = 30  # of a long conversation; beyond, a new comment is made
PAUSE_SECONDS = 1.0  # before looking for what may have been made
GONE = (404, 410)


class Comment(NamedTuple):
    """`url` is for people."""

    id: int
    url: str
    body: str = ""


class Comments:
    """The comments of one pull request."""

    def __init__(self, api: Api, number: int) -> None:
        self._api = api
        self._number = number

    def put(self, marker: str, body: str, *, make: bool = True, update: Callable[[str], str] | None = None) -> str:
        """Make one comment of ours that begins with `marker` say `body`, which does too. Returns its address for people.

        `update` returns the text of an existing one, from its text until now; without it that is `body` too. Without `make` an existing one is
        changed, and none is made: the address is "" then. Raises PlatformError when it could not be posted.
        """
        existing = self._find(marker)
        if existing and self._change(existing[0], update(existing[0].body) if update else body):
            self._delete(existing[1:])
            return existing[0].url
        if not make:
            return ""
        created = self._create(marker, body)
        # Another run may have made one in the same moment. Both look again, and the oldest stays.
        oldest = next(iter(self._find_again(marker)), created)
        if oldest.id < created.id and self._change(oldest, body):
            self._delete((created,))
            return oldest.url
        return created.url

    def _find(self, marker: str) -> tuple[Comment, ...]:
        """Our comments with that marker, oldest first: those on the first page that has any."""
        for page in range(1, MAX_PAGES + 1):
            rows = self._api.get(f"/issues/{self._number}/comments", per_page=PAGE_SIZE, page=page)
            if not isinstance(rows, list):
                raise _odd_reply()
            comments = [_comment(row) for row in rows if _begins_with(row, marker) and self._api.acts_as(_author(row))]
            if comments or len(rows) < PAGE_SIZE:
                return tuple(sorted(comments))
        return ()

    def _find_again(self, marker: str) -> tuple[Comment, ...]:
        try:
            return self._find(marker)
        except PlatformError:
            return ()  # the comment is posted all the same

    def _change(self, comment: Comment, body: str) -> bool:
        """False when it was deleted meanwhile."""
        try:
            self._api.patch(f"/issues/comments/{comment.id}", {"body": body})
        except PlatformError as error:
            if error.status in GONE:
                return False
            raise
        return True

    def _delete(self, comments: tuple[Comment, ...]) -> None:
        for comment in comments:
            try:
                self._api.delete(f"/issues/comments/{comment.id}")
            except PlatformError:
                continue  # one too many is untidy, and the next run tries again

    def _create(self, marker: str, body: str) -> Comment:
        """Never twice: after a lost reply it is looked for first."""
        try:
            return self._post(body)
        except OutcomeUnknown as lost:
            if not self._api.pause(PAUSE_SECONDS):
                raise
            existing = self._find(marker)
            if existing and self._change(existing[0], body):
                return existing[0]
            try:
                return self._post(body)
            except OutcomeUnknown:
                raise lost from None

    def _post(self, body: str) -> Comment:
        created = self._api.post(f"/issues/{self._number}/comments", {"body": body}, repeatable=False)
        if not isinstance(created, dict) or not isinstance(created.get("id"), int):
            raise _odd_reply()
        return _comment(created)


def _begins_with(row: object, marker: str) -> bool:
    body = row.get("body") if isinstance(row, dict) and isinstance(row.get("id"), int) else None
    return isinstance(body, str) and re.split(r"\r?\n", body, maxsplit=1)[0] == marker


def _author(row: dict[str, Any]) -> str:
    user = row.get("user")
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) else ""


def _comment(row: dict[str, Any]) -> Comment:
    url, body = row.get("html_url"), row.get("body")
    return Comment(row["id"], url if isinstance(url, str) else "", body if isinstance(body, str) else "")


def _odd_reply() -> PlatformError:
    return PlatformError("github", "GitHub's reply is not about comments.", code="ODD_REPLY")
