"""The page of a GitHub Release, by its tag: read, and written when something on it changed."""

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from deployer.model.errors import PlatformError

GRANT = "Give the job `contents: write` to have what went live listed there."


class Api(Protocol):
    """What is needed of `deployer.github.api.Api`."""

    def get(self, path: str, **parameters: str | int) -> Any: ...

    def patch(self, path: str, body: Any) -> Any: ...


def renew(api: Api, tag: str, change: Callable[[str], str]) -> str:
    """Let `change` make the page's new text of the old. Returns a notice, "" when all is well, which it is where a tag has no Release.

    The default token may read Releases with `contents: read`, drafts apart, and write them with `contents: write`.
    """
    try:
        page = api.get(f"/releases/tags/{quote(tag, safe='')}")
    except PlatformError as error:
        return "" if error.status == 404 else f"What went live is not on the page of the release {tag}: {error.message}."
    if not (isinstance(page, dict) and isinstance(page.get("id"), int)):
        return f"What went live is not on the page of the release {tag}: GitHub's answer holds no id."
    old = page.get("body") or ""
    new = change(old)
    if new == old:
        return ""
    try:
        api.patch(f"/releases/{page['id']}", {"body": new})
    except PlatformError as error:
        return f"What went live is not on the page of the release {tag}: {error.message}. {GRANT if error.status in (403, 404) else ''}".rstrip()
    return ""
