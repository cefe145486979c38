"""Pull requests of the repository, by GitHub's API: is one still open, which are, and which files does one change."""

from typing import Any, NamedTuple

from deployer.github.api import Api
from deployer.model.errors import PlatformError

PAGE = 100
PAGES = 30
MOST_FILES = 300  # that GitHub's comparison lists (REST API, "Compare two commits")
GONE = (404, 410)


class Pull(NamedTuple):
    """`head` is the newest commit that was pushed to it."""

    open: bool
    head: str


def pull(api: Api, number: int) -> Pull | None:
    """One pull request; None for a number that is none, or that this token may not see. Raises PlatformError when GitHub cannot be asked."""
    try:
        found = api.get(f"/pulls/{number}")
    except PlatformError as error:
        if error.status in GONE:
            return None
        raise
    if not isinstance(found, dict) or found.get("state") not in ("open", "closed"):
        raise PlatformError("github", f"GitHub's reply about pull request {number} is none.", code="ODD_REPLY")
    head = found.get("head")
    sha = head.get("sha") if isinstance(head, dict) else None
    return Pull(found["state"] == "open", sha if isinstance(sha, str) else "")


def open_ones(api: Api) -> frozenset[int]:
    """The numbers of all open pull requests. One may be missing where they change while they are listed. Raises PlatformError."""
    numbers: set[int] = set()
    for page in range(1, PAGES + 1):
        rows = api.get("/pulls", state="open", per_page=PAGE, page=page)
        if not isinstance(rows, list):
            raise PlatformError("github", "GitHub's list of pull requests is none.", code="ODD_REPLY")
        numbers |= {row["number"] for row in rows if isinstance(row, dict) and isinstance(row.get("number"), int)}
        if len(rows) < PAGE:
            break
    return frozenset(numbers)


def changed_files(api: Api, base: str, head: str) -> frozenset[str] | None:
    """The paths that differ between `head` and where it left `base`, a file's former path too. None where they are too many to be listed
    (or GitHub's reply is odd). Raises PlatformError."""
    reply = api.get(f"/compare/{base}...{head}", per_page=1)
    files: Any = reply.get("files") if isinstance(reply, dict) else None
    if not isinstance(files, list) or len(files) >= MOST_FILES:
        return None
    names = (file.get(name) for file in files if isinstance(file, dict) for name in ("filename", "previous_filename"))
    return frozenset(name for name in names if isinstance(name, str))
