"""Prune: delete what the state says we created and the whole manifest no longer names. Pure.

What we did not create is not ours to delete: an adopted `id:`, or anything from before there was a state. What somebody edited since is
drift, as in a deploy, and what is active goes only with a release.
"""

from collections.abc import Collection, Mapping
from typing import Any

from deployer.model.change import Change, Fail, Hold, Remove, Superseded
from deployer.model.errors import UsageError
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning.renames import last_of
from deployer.platforms.base import Platform
from deployer.platforms.registry import target_of
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

MOST = 0.3  # of the environment
GONE = "WORKFLOW_NOT_FOUND"


def orphans(state: EnvironmentState, named: Collection[str], ids: Collection[str], host: str) -> dict[str, DeployRecord]:
    """The last entries of workflows that we made on that host and nothing names any more, by the name they had.

    `named` and `ids`: all that the manifest says, of every environment. A target that another name's records are about is not alone.
    """
    owned = {entry.target for name in named for entry in (state.of(name).live, state.of(name).draft) if entry} | set(ids)
    lasts = {name: last_of(recorded) for name, recorded in state.workflows.items() if name not in named}
    return {
        name: last
        for name, last in sorted(lasts.items())
        if last and last.created_with_key and last.target and last.host == host and last.target not in owned
    }


def refuse_too_many(found: Collection[str], remaining: int) -> None:
    """Raises UsageError for more than 30 % of the environment, or its last ones. `remaining`: how many workflows it still has."""
    total = len(found) + remaining
    if found and (len(found) > total * MOST or not remaining):
        raise UsageError(
            f"`prune` would delete {len(found)} of {total} workflows ({', '.join(sorted(found))}): more than 30 % of the environment, or its last. "
            "Nothing was written.",
            fix="If that is meant, run with `prune: force`.",
            code="prune-too-much",
        )


def workflow_of(name: str, entry: DeployRecord, key: str, platform: Platform) -> Workflow:
    """What is left of it: a name, an id, and a key. There is no definition any more."""
    return Workflow(name, Source("", platform.name, "workflow", b"", None), key, id=entry.target)


def decide(workflow: Workflow, seen: Observed, recorded: WorkflowRecord, policy: Policy) -> Change:
    """What to do about one of them."""
    common: dict[str, Any] = {"workflow": workflow, "observed": seen, "target": workflow.id}
    last = last_of(recorded)
    if last and policy.is_older(last.commit) and not policy.force:
        return Superseded(**common, warning=f"Not deleted: it comes from a newer commit than {policy.commit[:7]}, whose manifest may name it.")
    if failure := seen.failure:
        gone = failure.code == GONE
        return Remove(**common, why="it is gone already") if gone else Fail(**common, code=failure.code, message=failure.message, fix=failure.fix)
    if not seen.id:
        return _there(common, policy, edited=False, active=True)
    edited = recorded.live is not None and not target_of(workflow).is_as_left(seen, recorded.live)
    return _there(common, policy, edited=edited, active=seen.active)


def _there(common: Mapping[str, Any], policy: Policy, *, edited: bool, active: bool) -> Change:
    what = "The manifest no longer names it, and it was edited on the platform since the last deploy"
    if edited and policy.on_drift == "fail":
        fix = "Look at it in the console, or run with `on-drift: overwrite`, which saves what it finds."
        return Fail(**common, code="DRIFT", message=f"{what}.", fix=fix)
    if edited and policy.on_drift == "hold":
        return Hold(
            **common, live=active, why="edited elsewhere", warning=f"{what}: left alone. `on-drift: overwrite` saves what is there and deletes it."
        )
    if active and not policy.release:
        return Hold(**common, live=True, why="the manifest no longer names it; it is active, so that its deletion waits for the next release")
    return Remove(**common, save_first=edited, why="the manifest no longer names it")
