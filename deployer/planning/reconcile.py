"""The plan of a deploy: the file, what is observed on the platform, and what was last deployed, compared. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from deployer.model.change import Change, Fail
from deployer.model.errors import UsageError
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.text import first_names
from deployer.model.workflow import Workflow
from deployer.planning.keys import shared_target
from deployer.platforms.registry import platform_named, target_of
from deployer.state.base import EnvironmentState, Intent, WorkflowRecord


def plan(workflows: Sequence[Workflow], observed: Mapping[str, Observed], state: EnvironmentState, hosts: Mapping[str, str], policy: Policy) -> Plan:
    """The plan of one environment, in name order. `hosts`: the base URL by workflow name.

    Raises UsageError when two workflows turn out to be one target.
    """
    changes = tuple(
        decide(workflow, observed[workflow.name], state.of(workflow.name).of_host(hosts[workflow.name]), policy)
        for workflow in sorted(workflows, key=lambda workflow: workflow.name)
    )
    _refuse_shared(changes, hosts, policy)
    _refuse_same_names(changes, hosts, policy)
    return Plan(policy.environment, changes, (*state.notices, *_unreadable_notices(changes)))


def decide(workflow: Workflow, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
    """What to do about one workflow."""
    if failure := observed.failure:
        return Fail(workflow=workflow, observed=observed, code=failure.code, message=failure.message, fix=failure.fix)
    return target_of(workflow).plan(observed, record, policy)


def is_approved(plan: Plan, approved: str, state: EnvironmentState) -> bool:
    """Is this the plan of that hash, or the rest of one that an interrupted run began under that hash?"""
    remaining = state.plans.get(approved)
    return plan.hash == approved or (remaining is not None and all(_resumes(change, remaining.get(change.workflow.name)) for change in plan.writes))


def _resumes(change: Change, begun: Intent | None) -> bool:
    return begun is not None and Intent(change.action, change.fingerprint, release=change.release).resumes(begun)


def _refuse_shared(changes: Sequence[Change], hosts: Mapping[str, str], policy: Policy) -> None:
    known = sorted((hosts[change.workflow.name], change.target, change.workflow.name) for change in changes if change.target)
    for (host, target, one), (next_host, next_target, other) in pairwise(known):
        if (host, target) == (next_host, next_target):
            raise shared_target((policy.environment, one), (policy.environment, other), f"are one target ({target})")


def _refuse_same_names(changes: Sequence[Change], hosts: Mapping[str, str], policy: Policy) -> None:
    """Raises UsageError where two workflows would be created under one name: no later run could tell them apart."""
    owners: dict[tuple[str, str, str], str] = {}
    for change in changes:
        if not change.observed.exists:
            name = target_of(change.workflow).given_name(policy)
            owner = owners.setdefault((hosts[change.workflow.name], change.workflow.key, name), change.workflow.name)
            if owner != change.workflow.name:
                raise UsageError(
                    f"{owner} and {change.workflow.name} would both be created as {name!r} on {platform_named(change.workflow.platform).title}.",
                    fix="Give one of them another `name` in its definition, or take it out of the manifest.",
                    code="shared-target",
                )


def _unreadable_notices(changes: Sequence[Change]) -> tuple[str, ...]:
    names_by_reason: dict[str, list[str]] = {}
    for change in changes:
        if not (change.observed.readable or change.observed.failure):
            names_by_reason.setdefault(change.observed.why, []).append(change.workflow.name)
    reasons = sorted(names_by_reason.items())
    return tuple(f"Cannot tell what is there for {first_names(names)}: {why}. Using the recorded state instead." for why, names in reasons)
