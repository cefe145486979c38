"""The action as the workflows that `init` writes name it: as it was asked for, else by what this program knows of itself."""

import json
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution

from deployer import __version__
from deployer.formats.quoting import shown
from deployer.model.errors import UsageError

_REPOSITORY = re.compile(r"(?:https|ssh)://(?:[\w.-]+@)?[\w.-]+(?::\d+)?/(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?")
_VERSION = re.compile(r"v\d+(\.\d+){0,2}(-[\w.-]+)?")
_USES = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*/[\w.-]+)@(?P<ref>[\w][\w./-]*)(?: # (?P<comment>v[\w.-]+))?", re.ASCII)


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


def running_action(environ: Mapping[str, str]) -> str:
    """The action whose step this is, from the runner's variables; "" elsewhere."""
    given = f"{environ.get('GITHUB_ACTION_REPOSITORY', '').strip()}@{environ.get('GITHUB_ACTION_REF', '').strip()}"
    return given if _USES.fullmatch(given) else ""


def read_action(given: str, known: str = "") -> str:
    """What was asked for, `OWNER/flowship@REF`, with the version after a commit as a comment (`# v1.2.3`). `known`: what `own_action` returned; its
    commit is taken where the same repository was asked for by that version.

    Raises UsageError for anything else.
    """
    match = _USES.fullmatch(given.strip())
    if match is None or ".." in match["ref"]:
        fix = "Write OWNER/flowship@REF: the owner of the action's repository, and a commit, a tag or a branch."
        raise UsageError(f"`uses` is {shown(given)}, which names no action.", fix=fix)
    if known.partition("@")[0] == match["name"] and known.endswith(f" # {match['ref']}"):
        return known
    return match[0]
