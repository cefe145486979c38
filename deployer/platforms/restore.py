"""What both ways of deploying need to go back to something that was live before."""

from collections.abc import Callable
from dataclasses import dataclass

from deployer.model.change import Fail
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed
from deployer.model.policy import Ancestry, unknown_history
from deployer.model.workflow import Source, Workflow
from deployer.state.base import DeployRecord

ROLLED_BACK_LIVE = "What was rolled back after an earlier release is live. Fix: roll back again, or correct the file and release that."
NAME_ONE = "Name where to go back to with `to`, and the workflow with `only`."
RELEASE_IT = "To make that commit's file live, check it out and release it. To go back to another release, name its commit with `to`."
SourceAt = Callable[[Workflow, str], Source | None]
"""A workflow's definition as a commit has it; None where it is not there. May raise FlowshipError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackTarget:
    """Where a rollback goes: `commit`, or `version` (of the one workflow), else what was live before the last release.

    `run` is this run: what an earlier attempt of its job did is not done again. `release`: the run whose release is rolled back, "" while unknown.
    `excluded_runs`: runs whose releases are not returned to, since their evals never finished. `entry`: the record of what goes live again, as
    far as the state has it.
    """

    source_at: SourceAt
    run: str = ""
    release: str = ""
    commit: str = ""
    version: str = ""
    excluded_runs: frozenset[str] = frozenset()
    is_ancestor: Ancestry = unknown_history
    entry: DeployRecord | None = None


def differs_from_commit(workflow: Workflow, entry: DeployRecord, source: Source | None) -> bool:
    """Whether what was live is not what its commit has. `source`: the definition there, None where it cannot be read. With `set` another
    fingerprint alone proves nothing: its values may be others now."""
    if source is None:
        return entry.dirty
    return not same_hash(entry.fingerprint, source.fingerprint) and (entry.dirty or not workflow.overlay)


def not_as_released(workflow: Workflow, observed: Observed, commit: str, what: str) -> Fail:
    """The change where a commit's file is not what was live under that commit, and that cannot be restored. `what` was found, a clause."""
    message = f"{workflow.path} at {commit[:7]} is not what was live under that commit. {what}"
    return fail(workflow, observed, message, RELEASE_IT, code="NOT_AS_RELEASED")


def goes_forward(live: DeployRecord, commit: str, to: RollbackTarget) -> bool:
    """Whether that commit is newer than what is live: then nothing counts as rolled back."""
    if not live.commit or not commit or same_hash(live.commit, commit):
        return False
    return to.is_ancestor(live.commit, commit) is True


def nothing_before(workflow: Workflow, observed: Observed, to: RollbackTarget) -> Fail:
    """The change for a workflow that has nothing to go back to."""
    what = f"at {to.commit[:7]}" if to.commit else "before the last release"
    gone = to.entry.version if to.entry else ""
    why = f"what was live {what} ({gone}) is not there any more" if gone else f"nothing is known to have been live {what}"
    message = f"Not changed: {why}."
    return fail(workflow, observed, message, f"{NAME_ONE} Or switch it off in the console.", code="NOTHING_BEFORE")


def fail(workflow: Workflow, observed: Observed, message: str, fix: str, *, code: str) -> Fail:
    """A rollback that cannot be decided."""
    return Fail(workflow=workflow, observed=observed, target=observed.id, code=code, message=message, fix=fix)
