"""Drift: what is on the platform, compared with what was last deployed. Pure.

What was made or published elsewhere is drift, and so is a workflow that is gone. The file as it is now does not matter here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from deployer.model.change import Change, Drift, Fail, InSync
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.registry import target_of
from deployer.platforms.restore import SourceAt
from deployer.state.base import EnvironmentState, WorkflowRecord


def compare(
    workflows: Sequence[Workflow],
    observed: Mapping[str, Observed],
    state: EnvironmentState,
    hosts: Mapping[str, str],
    policy: Policy,
    source_at: SourceAt,
) -> Plan:
    """One change for each workflow, in name order; none writes. Under `on-drift: fail` drift is a failure."""
    changes = []
    for workflow in sorted(workflows, key=lambda workflow: workflow.name):
        record = state.of(workflow.name).of_host(hosts[workflow.name])
        change = examine(workflow, observed[workflow.name], record, policy, source_at)
        changes.append(_as_failure(change) if policy.on_drift == "fail" and isinstance(change, Drift) else change)
    return Plan(policy.environment, tuple(changes), state.notices)


def examine(workflow: Workflow, observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
    """The comparison of one workflow."""
    last = record.last
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": last.target if last else ""}
    if failure := observed.failure:
        gone = last and (failure.code == "NAME_TAKEN" or target_of(workflow).is_gone(failure.code))  # its id is gone, and its name is another's
        return Drift(**common, status="missing", warning=failure.message) if gone else Fail(**common, **asdict(failure))
    if not observed.readable or last is None:
        return InSync(**common, status="undetermined" if last or not observed.readable else "never_deployed", why=observed.why)
    if not observed.exists:
        return Drift(**common, status="missing", warning=f"It was deployed as {last.target}, and is not there any more.")
    if last.target and observed.id and last.target != observed.id:
        return InSync(**common, status="never_deployed", why=f"{observed.id} is another target than the one deployed to, {last.target}")
    return target_of(workflow).compare(observed, record, policy, source_at)


def _as_failure(change: Drift) -> Fail:
    return Fail(
        workflow=change.workflow,
        observed=change.observed,
        target=change.target,
        version=change.version,
        live=change.live,
        code="DRIFT",
        message=change.warning or "",
        fix="Copy the edit into the file, or release the file over it with `on-drift: overwrite`.",
    )
