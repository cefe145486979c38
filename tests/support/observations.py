"""What platforms show, made short for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from deployer.model.observation import Observed, Version


def listed(versions: Sequence[Version] = (), target_id: str = "") -> Observed:
    """A target on a platform that keeps versions, newest first."""
    return Observed(id=target_id, versions=tuple(versions))


def defined(target_id: str, body: Mapping[str, Any]) -> Observed:
    """A target on a platform that keeps one definition."""
    return Observed(id=target_id, definition=body, active=body.get("status") == "active", revision=str(body.get("updated_at", "")))


def unlisted(why: str, target_id: str = "") -> Observed:
    """A target whose key may not list."""
    return Observed(id=target_id, readable=False, why=why)
