"""What a meinGPT workflow is called there, and what is sent."""

from typing import Any

from deployer.model.policy import Policy
from deployer.model.workflow import Workflow

FIELDS = ("name", "description", "trigger", "steps", "variables")  # what a definition is made of (docs/contracts/meingpt.md, "Definition")


def given_name(workflow: Workflow, policy: Policy) -> str:
    """The definition's name; `NAME (staging)` for one that we create in another environment than the first."""
    name = str((workflow.source.definition or {}).get("name", workflow.name))
    return name if policy.is_default_environment or workflow.id else f"{name} ({policy.environment})"


def wanted_body(workflow: Workflow, policy: Policy) -> dict[str, Any]:
    """The definition to send, with its name in this environment; without `status`, which the writer sets."""
    return {**(workflow.source.definition or {}), "name": given_name(workflow, policy)}


def covers(there: object, wanted: object) -> bool:
    """Is everything wanted there? Fields that the server added to objects do not count; lists must have the same length."""
    match wanted:
        case dict():
            return isinstance(there, dict) and all(key in there and covers(there[key], value) for key, value in wanted.items())
        case list():
            return isinstance(there, list) and len(there) == len(wanted) and all(map(covers, there, wanted))
        case bool():
            return there is wanted
        case _:
            return there == wanted and not isinstance(there, bool)
