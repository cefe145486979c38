"""The action as the workflows that `init` writes name it: by the commit that this program was installed from, where the installation says so."""

import json
import re
from importlib.metadata import PackageNotFoundError, distribution

from deployer import __version__

_REPOSITORY = re.compile(r"(?:https|ssh)://(?:[\w.-]+@)?[\w.-]+(?::\d+)?/(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?")
_VERSION = re.compile(r"v\d+(\.\d+){0,2}(-[\w.-]+)?")


def own_action() -> str:
    """`acme/flowship@COMMIT # v1.2.3` where pip installed the program from a repository, else ""."""
    try:
        return pinned_action(distribution("flowship").read_text("direct_url.json") or "", __version__)
    except PackageNotFoundError:  # in the image
        return ""


def pinned_action(direct_url: str, version: str) -> str:
    """The same, from the text of pip's `direct_url.json`. Only a commit that was asked for by a version's tag gets the version as comment."""
    try:
        origin = json.loads(direct_url)
        repository = _REPOSITORY.fullmatch(origin["url"])
        commit, tag = origin["vcs_info"]["commit_id"], origin["vcs_info"].get("requested_revision") or ""
    except (ValueError, KeyError, TypeError):
        return ""
    if not repository or not re.fullmatch(r"[0-9a-f]{40}", commit):
        return ""
    return f"{repository['name']}@{commit}{f' # v{version}' if _VERSION.fullmatch(tag) else ''}"
