"""Prune (meinGPT only): take away what the ledger says we created and the whole manifest no longer names. Pure.

What we did not create is not ours to delete: an adopted `id:`, or anything from before there was a ledger. What somebody edited since is
drift, as in a deploy, and what is active goes only with a release.
"""

from collections.abc import Collection, Mapping
from typing import Any

from deployer.model.change import Change, Delete, Fail, Hold, Superseded
from deployer.model.errors import UsageError
from deployer.model.observation import Definition, Observation, Unavailable
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning.renames import last_of
from deployer.platforms.in_place.plan import as_left
from deployer.state.base import Entry, Recorded, State

MOST = 0.3  # of the environment
GONE = "WORKFLOW_NOT_FOUND"


def orphans(state: State, named: Collection[str], ids: Collection[str], host: str) -> dict[str, Entry]:
    """The last entries of workflows that we made on that host and nothing names any more, by the name they had.

    `named` and `ids`: all that the manifest says, of every environment. A target that another name's records are about is not alone.
    """
    owned = {entry.target for name in named for entry in (state.of(name).live, state.of(name).draft) if entry} | set(ids)
    lasts = {name: last_of(recorded) for name, recorded in state.workflows.items() if name not in named}
    return {
        name: last for name, last in sorted(lasts.items()) if last and last.created and last.target and last.host == host and last.target not in owned
    }


def refuse_too_many(found: Collection[str], remaining: int) -> None:
    """Raises UsageError for more than 30 % of the environment, or its last ones. `remaining`: how many workflows it still has."""
    total = len(found) + remaining
    if found and (len(found) > total * MOST or not remaining):
        raise UsageError(
            f"`prune` would delete {len(found)} of {total} workflows ({', '.join(sorted(found))}): more than 30 % of the environment, or its last. "
            "Nothing was written.",
            cure="If that is meant, run with `prune: force`.",
            code="prune-too-much",
        )


def workflow_of(name: str, entry: Entry, key: str) -> Workflow:
    """What is left of it: a name, an id, and a key. There is no definition any more."""
    return Workflow(name, Source("", "meingpt", "workflow", b"", None), key, id=entry.target)


def decide(workflow: Workflow, seen: Observation, recorded: Recorded, policy: Policy) -> Change:
    """What to do about one of them."""
    common: dict[str, Any] = {"workflow": workflow, "observed": seen, "target": workflow.id}
    last = last_of(recorded)
    if last and policy.is_older(last.commit) and not policy.force:
        return Superseded(**common, warning=f"Not deleted: it comes from a newer commit than {policy.commit[:7]}, whose manifest may name it.")
    match seen:
        case Unavailable(code=code) if code == GONE:
            return Delete(**common, why="it is gone already")
        case Unavailable(code=code, message=message, cure=cure):
            return Fail(**common, code=code, message=message, cure=cure)
        case Definition():
            edited = recorded.live is not None and not as_left(seen, recorded.live)
            return _there(common, policy, edited=edited, active=seen.status == "active")
    return _there(common, policy, edited=False, active=True)


def _there(common: Mapping[str, Any], policy: Policy, *, edited: bool, active: bool) -> Change:
    what = "The manifest no longer names it, and it was edited on meinGPT since the last deploy"
    if edited and policy.on_drift == "fail":
        cure = "Look at it in the console, or run with `on-drift: overwrite`, which saves what it finds."
        return Fail(**common, code="DRIFT", message=f"{what}.", cure=cure)
    if edited and policy.on_drift == "hold":
        return Hold(
            **common, live=active, why="edited elsewhere", warning=f"{what}: left alone. `on-drift: overwrite` saves what is there and deletes it."
        )
    if active and not policy.release:
        return Hold(**common, live=True, why="the manifest no longer names it; it is active, so that its deletion waits for the next release")
    return Delete(**common, save_first=edited, why="the manifest no longer names it")
