"""What a platform shows of one target, as read before deciding (and again where a reply was lost)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.model import marker


@dataclass(frozen=True, slots=True)
class Version:
    """A GPTBots version. `published` marks the live one; `version` is opaque (`1.0.3`, `v2` and `9` all occur). Times are epoch
    milliseconds; `released_ms` None: it never was live, or the platform does not tell."""

    version: str
    description: str = ""
    published: bool = False
    bot_id: str = ""
    created_ms: int | None = None
    released_ms: int | None = None

    @property
    def marker(self) -> marker.Marker | None:
        return marker.read(self.description)


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """GPTBots, observed: every version, newest first. The draft is the newest, live the published one."""

    versions: tuple[Version, ...] = ()
    target_id: str = ""

    @property
    def draft(self) -> Version | None:
        return self.versions[0] if self.versions else None

    @property
    def live(self) -> Version | None:
        return next((version for version in self.versions if version.published), None)

    def holding(self, fingerprint: str) -> Version | None:
        """The newest version whose marker says it was sent with that fingerprint."""
        return next((v for v in self.versions if v.marker and v.marker.marks(fingerprint)), None)


@dataclass(frozen=True, slots=True)
class LiveDefinition:
    """meinGPT, observed: the one definition a workflow has, as the platform gave it back."""

    target_id: str
    body: Mapping[str, Any]

    @property
    def status(self) -> str:
        return str(self.body.get("status", ""))

    @property
    def updated_at(self) -> str:
        return str(self.body.get("updated_at", ""))


@dataclass(frozen=True, slots=True)
class Missing:
    """The platform was read and has nothing there."""


@dataclass(frozen=True, slots=True)
class NotListable:
    """The platform cannot be read (a key without the list call): the state is believed instead. `why` is for the notice."""

    why: str
    target_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """Reading failed: nothing can be decided for this workflow, which fails with this problem."""

    code: str
    message: str
    fix: str


Observation = VersionHistory | LiveDefinition | Missing | NotListable | ReadFailed
