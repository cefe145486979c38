"""What a rollback does where a platform keeps one definition: write the earlier one again, as its commit has it. Pure but for `source_at`."""

from typing import TYPE_CHECKING, Any

from deployer.model.change import Change, Replace, RollbackOf, Unchanged
from deployer.model.observation import Observed
from deployer.platforms.restore import RollbackTarget, differs_from_commit, fail, goes_forward, not_as_released, nothing_before
from deployer.state.base import WorkflowRecord

if TYPE_CHECKING:
    from deployer.platforms.in_place.target import InPlace


def restore(target: "InPlace", to: RollbackTarget, observed: Observed, record: WorkflowRecord) -> Change:
    workflow, entry = target.workflow, to.entry
    commit = to.commit or (entry.commit if entry else "")
    if not commit:
        return nothing_before(workflow, observed, to)
    source = to.source_at(workflow, commit)
    if source is None or source.definition is None:
        message = f"The definition of {workflow.name} at {commit[:7]} ({workflow.path}) cannot be read."
        fix = "Fetch that commit (git fetch --unshallow), or bring the earlier definition back into the file and release it."
        return fail(workflow, observed, message, fix, code="NO_DEFINITION")
    if entry and differs_from_commit(workflow, entry, source):
        return not_as_released(workflow, observed, commit, "The platform keeps no earlier definitions.")
    differs = entry is not None and entry.fingerprint != source.fingerprint
    live, own = record.live, observed.own_write
    is_as_left = live is not None and target.is_as_left(observed, live)
    untouched = is_as_left or (own is not None and own.proven)
    common: dict[str, Any] = {"workflow": workflow._replace(source=source), "observed": observed, "target": observed.id}
    if live and is_as_left and live.fingerprint == source.fingerprint and observed.active:
        if differs:
            return not_as_released(workflow, observed, commit, "With the values given now, it is what is live already.")
        return Unchanged(**common, live=True)
    reverted = "" if live is None or live.fingerprint == source.fingerprint or goes_forward(live, commit, to) else live.fingerprint
    return Replace(
        **common,
        release=True,
        save_first=not untouched,
        restored=RollbackOf(source.fingerprint, commit, reverted),
        why=f"back to {commit[:7]}",
        warning="Its values in `set` are not those of that release." if differs else None,
    )
