"""Drift: what is on the platform, compared with what was last deployed. Pure; nothing is written.

What somebody made or published elsewhere is drift, and so is what is gone. What the file says now does not matter here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from deployer.model.change import Change, Drift, Fail, InSync
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.planning.reconcile import about
from deployer.platforms.registry import target_of
from deployer.platforms.restore import SourceAt
from deployer.state.base import EnvironmentState, WorkflowRecord

NOT_THERE = ("WORKFLOW_NOT_FOUND", "NAME_TAKEN", "40348")  # what a workflow that we deployed once looks like when it is gone


def compare(
    workflows: Sequence[Workflow],
    observed: Mapping[str, Observed],
    state: EnvironmentState,
    hosts: Mapping[str, str],
    policy: Policy,
    source_at: SourceAt,
) -> Plan:
    """One change for each workflow, in name order; none writes. With `on-drift: fail` drift is a failure."""
    changes = []
    for workflow in sorted(workflows, key=lambda each: each.name):
        recorded = about(state.of(workflow.name), hosts[workflow.name])
        change = examine(workflow, observed[workflow.name], recorded, policy, source_at)
        changes.append(_failed(change) if policy.on_drift == "fail" and isinstance(change, Drift) else change)
    return Plan(policy.environment, tuple(changes), state.notices)


def examine(workflow: Workflow, seen: Observed, recorded: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
    """What there is to say of one workflow."""
    last = recorded.live or recorded.draft
    known: dict[str, Any] = {"workflow": workflow, "observed": seen, "target": last.target if last else ""}
    if failure := seen.failure:
        gone = last and failure.code in NOT_THERE
        return Drift(**known, status="missing", warning=failure.message) if gone else Fail(**known, **asdict(failure))
    if not seen.readable or last is None:
        return InSync(**known, status="undetermined" if last or not seen.readable else "never_deployed", why=seen.why)
    if not seen.exists:
        return Drift(**known, status="missing", warning=f"It was deployed as {last.target}, and is not there any more.")
    if last.target and seen.id and last.target != seen.id:
        return InSync(**known, status="never_deployed", why=f"{seen.id} is another target than the one deployed to, {last.target}")
    return target_of(workflow).compare(seen, recorded, policy, source_at)


def _failed(change: Drift) -> Fail:
    return Fail(
        workflow=change.workflow,
        observed=change.observed,
        target=change.target,
        version=change.version,
        live=change.live,
        code="DRIFT",
        message=change.warning or "",
        fix="Bring the edit into the file, or release what is in the file.",
    )
