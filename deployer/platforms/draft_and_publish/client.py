"""The calls that this way of deploying needs of a platform's client."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from deployer.model.observation import Version
from deployer.platforms.base import Identity, Imported


class VersionClient(Protocol):
    """One target. Every method raises PlatformError; `OutcomeUnknown` after a lost reply to `import_version` and `roll_back`."""

    def versions(self, *, may_be_none: bool = False) -> tuple[Version, ...]:
        """Every version, newest first. Raises NotReadable when this key may not list, and for a reply without a list unless there `may_be_none`."""

    def import_version(self, filename: str, content: bytes, description: str) -> Imported:
        """A new draft; each call makes another."""

    def release(self, version: str) -> str | None:
        """Make a version live, safe to repeat. Returns the version that was live before, where the platform tells."""

    def roll_back(self, version: str, *, release: bool, description: str | None = None) -> object:
        """Make a new version that is a copy of an earlier one, live at once or as a draft."""

    def identity(self) -> Identity:
        """Which target the key leads to."""


class VersionTarget(Protocol):
    """What a write needs of its target: the client, and the error of a release where the platform allows no more live workflows."""

    live_limit_code: ClassVar[str]
    connect: Callable[[], VersionClient]
