"""Observations: what a platform returned about one target, read before planning and again after a lost reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from deployer.model import marker
from deployer.model.failure import Failure


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a target. `published` marks the live one; `version` is opaque (`1.0.3`, `v2` and `9` all occur). Times are epoch
    milliseconds; `target_id` is the id of what it is a version of, "" where the list has none;
    `released_ms` is None when it never was live or the platform does not report it."""

    version: str
    description: str = ""
    published: bool = False
    target_id: str = ""
    created_ms: int | None = None
    released_ms: int | None = None

    @property
    def marker(self) -> marker.Marker | None:
        return marker.read(self.description)


class OwnWrite(NamedTuple):
    """A write of a run of ours that no run has read back: that run was stopped before it could, or its read-back failed.

    `proven`: what it sent is there. Else only the time of the last write says that it is from there.
    """

    run: str
    fingerprint: str
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One target as its platform returned it. `id` is the platform's, "" while unknown.

    `versions` (newest first) where the platform keeps versions; `definition` where it keeps one definition: then `active` when it is live, and
    `revision`, the platform's text for its last write. `readable` is False when the key may not list (`why`, for the notice): the recorded state
    is used instead. `failure`: reading failed, and the workflow fails to plan. `own_write`: what is there was written by us, although the state
    does not show it as read back: it is no edit.
    """

    id: str = ""
    exists: bool = True
    readable: bool = True
    versions: tuple[Version, ...] = ()
    definition: Mapping[str, Any] | None = None
    active: bool = False
    revision: str = ""
    why: str = ""
    failure: Failure | None = None
    own_write: OwnWrite | None = None

    @property
    def draft(self) -> Version | None:
        """The newest version."""
        return self.versions[0] if self.versions else None

    @property
    def live(self) -> Version | None:
        """The published version."""
        return next((version for version in self.versions if version.published), None)

    def holding(self, fingerprint: str) -> Version | None:
        """The newest version whose marker has that fingerprint, None without one."""
        return next((version for version in self.versions if version.marker and version.marker.marks(fingerprint)), None)


MISSING = Observed(exists=False)


def failed(code: str, message: str, fix: str) -> Observed:
    """A target that could not be read."""
    return Observed(readable=False, failure=Failure(code, message, fix))
