"""Prune: delete workflows that Flowship created, by the state, and that the whole manifest no longer names. Pure.

What Flowship did not create is never deleted: an adopted `id:`, or anything older than the state. An edit since the last deploy is drift,
and an active workflow is deleted only with a release.
"""

from collections.abc import Collection, Mapping
from typing import Any

from deployer.model.change import Change, Fail, Hold, Remove, Superseded
from deployer.model.errors import UsageError
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.platforms.platform import Platform
from deployer.platforms.registry import target_of
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

MAX_SHARE = 0.3  # of the environment
MIN_COUNTED = 10  # workflows; of fewer, one is soon more than a third


def orphans(state: EnvironmentState, named: Collection[str], ids: Collection[str], host: str) -> dict[str, DeployRecord]:
    """The last records of workflows created on that host that the manifest no longer names, by their old name.

    `named` and `ids`: all in the manifest, of every environment. A target that a named workflow's records have is no orphan.
    """
    owned = {deployed.target for name in named for deployed in (state.of(name).live, state.of(name).draft) if deployed} | set(ids)
    lasts = {name: deployed.last for name, deployed in state.workflows.items() if name not in named}
    return {
        name: last
        for name, last in sorted(lasts.items())
        if last and last.created_with_key and last.target and last.host == host and last.target not in owned
    }


def refuse_too_many(names: Collection[str], remaining: int) -> None:
    """Raises UsageError for all workflows of the environment, and from 10 on for more than 30 %. `remaining`: how many the manifest still names."""
    total = len(names) + remaining
    is_too_many = not remaining or (total >= MIN_COUNTED and len(names) > total * MAX_SHARE)
    if names and is_too_many:
        share = "more than 30 %" if remaining else "all"
        raise UsageError(
            f"`prune` would delete {len(names)} of {total} workflows ({', '.join(sorted(names))}): {share} of the environment. Nothing was written.",
            fix="If that is meant, run with `prune: force`.",
            code="prune-too-much",
        )


def workflow_of(name: str, record: DeployRecord, key: str, platform: Platform) -> Workflow:
    """An orphan as a workflow: name, id and key, without a definition."""
    return Workflow(name, Source("", platform.name, "workflow", b"", None), key, id=record.target)


def decide(workflow: Workflow, observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
    """What to do about one orphan."""
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": workflow.id}
    last = record.last
    if last and policy.is_older(last.commit) and not policy.force:
        return Superseded(**common, warning=f"Not deleted: it comes from a newer commit than {policy.commit[:7]}, whose manifest may name it.")
    if failure := observed.failure:
        gone = target_of(workflow).is_gone(failure.code)
        return Remove(**common, why="it is gone already") if gone else Fail(**common, code=failure.code, message=failure.message, fix=failure.fix)
    if not observed.id:
        return _remove_or_hold(common, policy, edited=False, active=True)
    edited = record.live is not None and not target_of(workflow).is_ours(observed, record)
    return _remove_or_hold(common, policy, edited=edited, active=observed.active)


def _remove_or_hold(common: Mapping[str, Any], policy: Policy, *, edited: bool, active: bool) -> Change:
    warning = "The manifest no longer names it, and it was edited on the platform since the last deploy"
    if edited and policy.on_drift == "fail":
        fix = "Look at it in the console, or run with `on-drift: overwrite`, which saves what it finds."
        return Fail(**common, code="DRIFT", message=f"{warning}.", fix=fix)
    if edited and policy.on_drift == "hold":
        warning = f"{warning}: left alone. `on-drift: overwrite` saves what is there and deletes it."
        return Hold(**common, live=active, status="held_edited", warning=warning)
    if active and not policy.release:
        return Hold(**common, live=True, why="the manifest no longer names it, and it is active")
    return Remove(**common, save_first=edited, why="the manifest no longer names it")
