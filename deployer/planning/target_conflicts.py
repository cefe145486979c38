"""Other environments' targets, as the state tells them: a deploy of one environment may not write to what another one has. Pure.

The manifest shows two pairs on one target where both name it, and two keys of one value show themselves. Not so where the state alone knows
an id, or where two keys lead to one workflow.
"""

from collections.abc import Iterable, Mapping

from deployer.model.errors import UsageError
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.state.base import DeployRecord, EnvironmentState

Target = tuple[str, str]
"""A base URL, and an id there."""


def targets(pairs: Iterable[tuple[str, Workflow]], states: Mapping[str, EnvironmentState]) -> dict[Target, tuple[str, str]]:
    """What was deployed last by these (environment, workflow) pairs, as far as the manifest still means it. `states`: by environment."""
    return {
        (entry.host, entry.target): (environment, workflow.name)
        for environment, workflow in pairs
        if environment in states
        for entry in _entries(states[environment], workflow)
        if entry.target and workflow.id in ("", entry.target)
    }


def refuse(plan: Plan, hosts: Mapping[str, str], owned: Mapping[Target, tuple[str, str]]) -> None:
    """Raises UsageError where the plan writes to a target of another environment. `hosts`: the base URL by workflow name."""
    for change in plan.writes:
        owner = owned.get((hosts.get(change.workflow.name, ""), change.target)) if change.target else None
        if owner:
            raise UsageError(
                f"{change.workflow.name} in {plan.environment} leads to {change.target}, the target of {owner[1]} in {owner[0]}: each would "
                "overwrite the other. Nothing was written.",
                fix=f"Give each its own key or `id`. If {owner[1]} in {owner[0]} has another target by now, deploy that first.",
                code="shared-target",
            )


def _entries(state: EnvironmentState, workflow: Workflow) -> Iterable[DeployRecord]:
    recorded = state.of(workflow.name)
    return filter(None, (recorded.live, recorded.draft))
