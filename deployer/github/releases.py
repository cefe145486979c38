"""The page of a GitHub Release, by its tag: read, and written when something on it changed."""

from collections.abc import Callable
from urllib.parse import quote

from deployer.github.api import Api
from deployer.model.errors import PlatformError

GRANT = "Give the job `contents: write` to have what went live listed there."


def update_page(api: Api, tag: str, change: Callable[[str], str]) -> str:
    """Write what `change` makes of the page's text. Returns a notice, "" when the page is up to date or the tag has no Release.

    The default token may read Releases with `contents: read`, drafts apart, and write them with `contents: write`.
    """
    failed = f"The page of the release {tag} could not be updated"
    try:
        page = api.get(f"/releases/tags/{quote(tag, safe='')}")
    except PlatformError as error:
        return "" if error.status == 404 else f"{failed}: {error.message}."
    if not (isinstance(page, dict) and isinstance(page.get("id"), int)):
        return f"{failed}: GitHub's answer holds no id."
    text = page.get("body") or ""
    if not isinstance(text, str):
        return f"{failed}: GitHub's answer holds no text."
    changed = change(text)
    if changed == text:
        return ""
    try:
        api.patch(f"/releases/{page['id']}", {"body": changed})
    except PlatformError as error:
        return f"{failed}: {error.message}. {GRANT if error.status in (403, 404) else ''}".rstrip()
    return ""
