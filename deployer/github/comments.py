"""Comments on pull requests: one for each marker, found again, changed in place, made anew when somebody deleted it.

Outsiders can write a marker too: it counts on the first line, and from this token's own account only (docs/contracts/github-actions.md, "Comments").
"""

import re
from typing import Any, NamedTuple

from deployer.github.api import Api
from deployer.model.errors import OutcomeUnknown, PlatformError

PAGE = 100
PAGES = 30  # of a long conversation; beyond, a new comment is made
PAUSE = 1.0  # seconds before looking for what may have been made
GONE = (404, 410)


class Comment(NamedTuple):
    """`url` is for people."""

    id: int
    url: str


class Comments:
    """Those of one pull request."""

    def __init__(self, api: Api, number: int) -> None:
        self._api = api
        self._number = number

    def put(self, marker: str, body: str, *, make: bool = True) -> str:
        """See to it that one comment of ours begins with `marker`, and says `body`, which does too. Returns its address for people.

        Without `make` one that is there is changed, and none is made: the address is "" then. Raises PlatformError when it could not be posted.
        """
        there = self._ours(marker)
        if there and self._change(there[0], body):
            self._remove(there[1:])
            return there[0].url
        if not make:
            return ""
        made = self._make(marker, body)
        # Another run may have made one in the same moment. Both look again, and the oldest stays.
        oldest = next(iter(self._ours_again(marker)), made)
        if oldest.id < made.id and self._change(oldest, body):
            self._remove((made,))
            return oldest.url
        return made.url

    def _ours(self, marker: str) -> tuple[Comment, ...]:
        """Oldest first: those on the first page that has any."""
        for page in range(1, PAGES + 1):
            rows = self._api.get(f"/issues/{self._number}/comments", per_page=PAGE, page=page)
            if not isinstance(rows, list):
                raise _odd()
            found = [_comment(row) for row in rows if _begins_with(row, marker) and self._api.acts_as(_author(row))]
            if found or len(rows) < PAGE:
                return tuple(sorted(found))
        return ()

    def _ours_again(self, marker: str) -> tuple[Comment, ...]:
        try:
            return self._ours(marker)
        except PlatformError:
            return ()  # what was made is there

    def _change(self, comment: Comment, body: str) -> bool:
        """False when somebody deleted it meanwhile."""
        try:
            self._api.patch(f"/issues/comments/{comment.id}", {"body": body})
        except PlatformError as error:
            if error.status in GONE:
                return False
            raise
        return True

    def _remove(self, comments: tuple[Comment, ...]) -> None:
        for each in comments:
            try:
                self._api.delete(f"/issues/comments/{each.id}")
            except PlatformError:
                continue  # one too many is untidy, and the next run sees it again

    def _make(self, marker: str, body: str) -> Comment:
        """Never twice: after a lost reply it is looked for first."""
        try:
            return self._post(body)
        except OutcomeUnknown as lost:
            if not self._api.pause(PAUSE):
                raise
            there = self._ours(marker)
            if there and self._change(there[0], body):
                return there[0]
            try:
                return self._post(body)
            except OutcomeUnknown:
                raise lost from None

    def _post(self, body: str) -> Comment:
        made = self._api.post(f"/issues/{self._number}/comments", {"body": body}, repeatable=False)
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise _odd()
        return _comment(made)


def _begins_with(row: object, marker: str) -> bool:
    body = row.get("body") if isinstance(row, dict) and isinstance(row.get("id"), int) else None
    return isinstance(body, str) and re.split(r"\r?\n", body, maxsplit=1)[0] == marker


def _author(row: dict[str, Any]) -> str:
    user = row.get("user")
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) else ""


def _comment(row: dict[str, Any]) -> Comment:
    url = row.get("html_url")
    return Comment(row["id"], url if isinstance(url, str) else "")


def _odd() -> PlatformError:
    return PlatformError("github", "GitHub's reply about comments is none.", code="ODD_REPLY")
