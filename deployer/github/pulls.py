"""Pull requests of the repository, by GitHub's API: the state of one, those that are open, and the files that one changes."""

from typing import Any, NamedTuple

from deployer.github.api import Api
from deployer.github.event import label_names
from deployer.model.errors import PlatformError

PAGE_SIZE = 100
MAX_PAGES = 30
MAX_FILES = 300  # that GitHub's comparison lists (REST API, "Compare two commits")
GONE = (404, 410)


class Pull(NamedTuple):
    """`head` is the newest commit that was pushed to it, `base` the base branch's; "" where the reply names none. `fork`: its commits come from
    another repository, or from an unknown one. `labels`: see `event.label_names`."""

    open: bool
    head: str
    base: str = ""
    fork: bool = True
    merged: bool = False
    labels: frozenset[str] = frozenset()


def read_pull(api: Api, number: int) -> Pull | None:
    """One pull request; None for a number without one, or one that this token may not see. Raises PlatformError when GitHub cannot be asked."""
    try:
        reply = api.get(f"/pulls/{number}")
    except PlatformError as error:
        if error.status in GONE:
            return None
        raise
    if not isinstance(reply, dict) or reply.get("state") not in ("open", "closed"):
        raise PlatformError("github", f"GitHub's reply does not describe pull request {number}.", code="ODD_REPLY")
    origin, home = _text(reply, "head", "repo", "full_name"), _text(reply, "base", "repo", "full_name") or api.repository
    return Pull(
        open=reply["state"] == "open",
        head=_text(reply, "head", "sha"),
        base=_text(reply, "base", "sha"),
        fork=origin.lower() != home.lower(),
        merged=isinstance(reply.get("merged_at"), str),
        labels=label_names(reply.get("labels")),
    )


def _text(data: object, *keys: str) -> str:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def list_open(api: Api) -> frozenset[int]:
    """The numbers of all open pull requests. One may be missing where the list changes while it is read. Raises PlatformError."""
    numbers: set[int] = set()
    for page in range(1, MAX_PAGES + 1):
        rows = api.get("/pulls", state="open", per_page=PAGE_SIZE, page=page)
        if not isinstance(rows, list):
            raise PlatformError("github", "GitHub's reply is not a list of pull requests.", code="ODD_REPLY")
        numbers |= {row["number"] for row in rows if isinstance(row, dict) and isinstance(row.get("number"), int)}
        if len(rows) < PAGE_SIZE:
            break
    return frozenset(numbers)


def changed_files(api: Api, base: str, head: str) -> frozenset[str] | None:
    """The paths that differ between `head` and its merge base with `base`, a file's former path too. None when there are too many to list, or
    GitHub's reply holds none. Raises PlatformError."""
    reply = api.get(f"/compare/{base}...{head}", per_page=1)
    files: Any = reply.get("files") if isinstance(reply, dict) else None
    if not isinstance(files, list) or len(files) >= MAX_FILES:
        return None
    names = (file.get(name) for file in files if isinstance(file, dict) for name in ("filename", "previous_filename"))
    return frozenset(name for name in names if isinstance(name, str))
