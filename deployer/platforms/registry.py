"""The platforms Flowship ships to, the one list that the program dispatches on.

A new one is a package here, a line below, and one in `source_formats`.

Importing this room imports no HTTP library: the first call does.
"""

from collections.abc import Mapping
from typing import Final

from deployer.model.errors import UsageError
from deployer.model.workflow import Workflow
from deployer.platforms.base import Platform, Target
from deployer.platforms.gptbots import adapter as gptbots
from deployer.platforms.meingpt import adapter as meingpt

PLATFORMS: Final[Mapping[str, Platform]] = {platform.name: platform for platform in (gptbots.PLATFORM, meingpt.PLATFORM)}


def platform_named(name: str) -> Platform:
    """Raises UsageError for a name that is not in the list."""
    platform = PLATFORMS.get(name)
    if platform is None:
        known = ", ".join(sorted(PLATFORMS)) or "none"
        raise UsageError(f"There is no platform {name!r}: nothing can be deployed to it.", fix=f"Use one of: {known}.", code="no-platform")
    return platform


def target_of(workflow: Workflow) -> Target:
    """A workflow's target without a connection: for what is decided, not for what is sent."""
    return platform_named(workflow.platform).target(workflow)
