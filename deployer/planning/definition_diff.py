"""What changes inside a workflow: two definitions compared, part by part and field by field. Pure.

Imported late, and only by modes that plan.
"""

from collections.abc import Mapping
from typing import Any

from deployer.model.difference import Difference
from deployer.model.workflow import PlatformName
from deployer.platforms.gptbots import diff
from deployer.platforms.meingpt import diff as meingpt

NOTHING: Mapping[str, Any] = {}


def compare(platform: PlatformName, before: Mapping[str, Any] | None, after: Mapping[str, Any], against: str = "") -> Difference:
    """What differs, and the graph of both sides. `before` None: nothing was there, all is new. `against` says what `before` is."""
    comparing = diff.compare if platform == "gptbots" else meingpt.compare
    return comparing(NOTHING if before is None else before, after, against)


def alone(platform: PlatformName, definition: Mapping[str, Any]) -> Difference:
    """Where nobody can tell what was there before: the graph, and nothing to say of it."""
    return compare(platform, definition, definition)._replace(known=False)
