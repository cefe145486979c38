"""What a platform shows of one target, as read before deciding (and again where a reply was lost)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.model import marker
from deployer.model.failure import Failure


@dataclass(frozen=True, slots=True)
class Version:
    """A version on a platform that keeps them. `published` marks the live one; `version` is opaque (`1.0.3`, `v2` and `9` all occur). Times are
    epoch milliseconds; `released_ms` None: it never was live, or the platform does not tell."""

    version: str
    description: str = ""
    published: bool = False
    bot_id: str = ""
    created_ms: int | None = None
    released_ms: int | None = None

    @property
    def marker(self) -> marker.Marker | None:
        return marker.read(self.description)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One target as its platform shows it. `id` is the platform's, "" while unknown.

    `versions` (newest first) where the platform keeps versions; `definition`, as it came back, where it keeps one definition. `active`: is that
    definition live; `revision`: when it was written last, in the platform's words. `readable` False: the key works but may not list, `why` says
    so, and the recorded state is used instead. `failure`: reading failed, and nothing can be decided.
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

    @property
    def draft(self) -> Version | None:
        """The newest version."""
        return self.versions[0] if self.versions else None

    @property
    def live(self) -> Version | None:
        """The published version."""
        return next((version for version in self.versions if version.published), None)

    def holding(self, fingerprint: str) -> Version | None:
        """The newest version whose marker says it was sent with that fingerprint."""
        return next((version for version in self.versions if version.marker and version.marker.marks(fingerprint)), None)


MISSING = Observed(exists=False)


def failed(code: str, message: str, fix: str) -> Observed:
    """A target that could not be read."""
    return Observed(readable=False, failure=Failure(code, message, fix))
