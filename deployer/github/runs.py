"""Runs of GitHub Actions: has one ended? It takes `actions: read` in a private repository."""

import re

from deployer.github.api import Api
from deployer.model.errors import PlatformError

_RUN = re.compile(r"(\d+)\.(\d+)")  # `123.2`: the second attempt of run 123


def is_over(api: Api, run: str) -> bool | None:
    """None when it cannot be known: it is not GitHub's, or the token may not ask."""
    found = _RUN.fullmatch(run)
    if not found:
        return None
    try:
        reply = api.get(f"/actions/runs/{found[1]}/attempts/{found[2]}")
    except PlatformError:
        return None
    status = reply.get("status") if isinstance(reply, dict) else None
    return status == "completed" if isinstance(status, str) else None
