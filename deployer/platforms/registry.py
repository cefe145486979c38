"""The platforms Flowship ships to, the one list that the program dispatches on: those that come with it, and those that other packages add.

A new one is a package here, a line below, and one in `source_formats`; or a package of its own (docs/platforms.md).

Importing this room imports no HTTP library: the first call does.
"""

from collections.abc import Mapping
from typing import Final

from deployer import __version__
from deployer.config.settings import Settings
from deployer.model.errors import UsageError
from deployer.model.workflow import Workflow
from deployer.platforms import added as added_platforms
from deployer.platforms.base import Target
from deployer.platforms.gptbots import adapter as gptbots
from deployer.platforms.meingpt import adapter as meingpt
from deployer.platforms.platform import Platform

PLATFORMS: Final[Mapping[str, Platform]] = {platform.name: platform for platform in (gptbots.PLATFORM, meingpt.PLATFORM)}


def all_platforms() -> Mapping[str, Platform]:
    """Those that come with Flowship, then those that packages add. Raises UsageError for a package that cannot be used."""
    return {**PLATFORMS, **{name: added.platform for name, added in added_platforms.find().items()}}


def describe_platforms() -> tuple[str, ...]:
    """A line for each platform: its name, and the package that it comes with."""
    added = added_platforms.find()
    names = {**dict.fromkeys(PLATFORMS, f"flowship {__version__}"), **{name: each.origin for name, each in added.items()}}
    return tuple(f"{name} ({origin})" for name, origin in names.items())


def require_known_addresses(settings: Settings) -> None:
    """Raises UsageError for a name in `base-urls` that no platform has, or whose address has an input of its own."""
    for name in settings.addresses.base_urls:
        if name in PLATFORMS:
            raise UsageError(f"`base-urls` names {name}, which has an input of its own.", fix=f"Use `{name}-base-url`.")
        platform_named(name)


def platform_named(name: str) -> Platform:
    """Raises UsageError for a name that is not in the list."""
    platform = PLATFORMS.get(name) or all_platforms().get(name)
    if platform is None:
        known = ", ".join(sorted(all_platforms())) or "none"
        raise UsageError(f"There is no platform {name!r}: nothing can be deployed to it.", fix=f"Use one of: {known}.", code="no-platform")
    return platform


def target_of(workflow: Workflow) -> Target:
    """A workflow's target without a connection: for what is decided, not for what is sent."""
    return platform_named(workflow.platform).target(workflow)
