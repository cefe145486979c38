"""What a commit of the repository holds, by GitHub's API: the container has no git."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from deployer.github.api import Api
from deployer.model.errors import PlatformError

NOT_THERE = (404, 422)  # 422: "No commit found for SHA"


def commit_of(api: Api, name: str) -> str | None:
    """The full commit that a tag, branch or abbreviated commit stands for; None where there is none. A tag before a branch of that name,
    as git has it. Raises PlatformError when GitHub cannot be asked."""
    for each in (f"tags/{name}", name):
        reply = _get(api, f"/commits/{quote(each)}")
        sha = reply.get("sha") if isinstance(reply, dict) else None
        if isinstance(sha, str):
            return sha
    return None


def file_at(api: Api, commit: str, path: str) -> bytes | None:
    """A file as that commit has it; None when it is not there. Raises PlatformError when GitHub cannot be asked."""
    found = _get(api, f"/contents/{quote(path)}", ref=commit)
    if not isinstance(found, dict) or found.get("type") != "file":
        return None
    content = _decoded(found)
    if content is None and isinstance(found.get("sha"), str):
        content = _decoded(_get(api, f"/git/blobs/{quote(found['sha'])}"))  # above 1 MB the first reply leaves it out
    return content


def _get(api: Api, path: str, **parameters: str) -> Any:
    if ".." in path.split("/"):
        return None  # it would lead to another call than this one; git has no such names
    try:
        return api.get(path, **parameters)
    except PlatformError as error:
        if error.status in NOT_THERE:
            return None
        raise


def _decoded(reply: Any) -> bytes | None:
    if not isinstance(reply, dict) or reply.get("encoding") != "base64" or not isinstance(reply.get("content"), str):
        return None
    try:
        return base64.b64decode(reply["content"])
    except (binascii.Error, ValueError):
        return None
