"""Targets of other environments, by the state: a deploy of one environment may not write to another one's. Pure.

`deployer.planning.keys` finds two entries with one id or one key value. This finds an id that only the state has, and two keys that lead to one
workflow.
"""

from collections.abc import Iterable, Mapping

from deployer.model.errors import UsageError
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.state.base import DeployRecord, EnvironmentState

Target = tuple[str, str]
"""A base URL, and an id there."""


def targets(pairs: Iterable[tuple[str, Workflow]], states: Mapping[str, EnvironmentState]) -> dict[Target, tuple[str, str]]:
    """The (environment, workflow name) of each target deployed last, unless the manifest has another id for it. `states`: by environment."""
    return {
        (record.host, record.target): (environment, workflow.name)
        for environment, workflow in pairs
        if environment in states
        for record in _last_records(states[environment], workflow)
        if record.target and workflow.id in ("", record.target)
    }


def refuse(plan: Plan, hosts: Mapping[str, str], owned: Mapping[Target, tuple[str, str]]) -> None:
    """Raises UsageError where the plan writes to a target of another environment. `hosts`: the base URL by workflow name."""
    for change in plan.writes:
        owner = owned.get((hosts.get(change.workflow.name, ""), change.target))
        if owner:
            raise UsageError(
                f"{change.workflow.name} in {plan.environment} leads to {change.target}, the target of {owner[1]} in {owner[0]}: each would "
                "overwrite the other. Nothing was written.",
                fix=f"Give each its own key or `id`. If {owner[1]} in {owner[0]} has another target by now, deploy that first.",
                code="shared-target",
            )


def _last_records(state: EnvironmentState, workflow: Workflow) -> Iterable[DeployRecord]:
    record = state.of(workflow.name)
    return filter(None, (record.live, record.draft))
