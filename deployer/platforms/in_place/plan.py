"""What a deploy does where a platform keeps one definition and no drafts: without a release nothing is written, since it would be live at once.
Pure."""

from typing import TYPE_CHECKING, Any

from deployer.model.change import Change, CreateLive, Fail, Hold, Replace, Superseded, Unchanged
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.platforms.restore import ROLLED_BACK_LIVE
from deployer.state.base import DeployRecord, WorkflowRecord

if TYPE_CHECKING:
    from deployer.platforms.in_place.target import InPlace

ROLLED_BACK = "This content was rolled back after an earlier release. `release: force` releases it again."
HELD_CREATE = "creating it would make it live"
HELD_UPDATE = "updating it would change what is live"


def plan(target: "InPlace", observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
    """The definition decides; where it cannot be read, the recorded state does."""
    if not observed.readable:
        return _plan_blind(target, observed, record, policy)
    if not observed.exists:
        return _create(target, observed, record.live, policy)
    common: dict[str, Any] = {"workflow": target.workflow, "observed": observed, "target": observed.id}
    last = record.live if record.live and record.live.target == observed.id else None
    wanted = is_wanted(target, observed, last, policy)
    if wanted and (observed.active or not policy.release):
        rolled_back = observed.active and not policy.force and record.was_rolled_back(target.workflow.fingerprint)
        return Unchanged(**common, live=observed.active, warning=ROLLED_BACK_LIVE if rolled_back else None)
    held_back = _held_back(common, record, last, policy)
    if held_back:
        return held_back
    if last and not wanted and not target.is_ours(observed, record):
        return _drifted(common, target.title, policy)
    # What only its time shows to be ours is saved: it may be another's.
    save_first = not (target.is_as_left(observed, last) if last else False) and not (observed.own_write and observed.own_write.proven)
    return Replace(**common, release=True, save_first=save_first) if policy.release else Hold(**common, why=HELD_UPDATE)


def _held_back(common: dict[str, Any], record: WorkflowRecord, last: DeployRecord | None, policy: Policy) -> Change | None:
    """Why it is not written, whatever it holds: a newer commit is live, or this content was rolled back."""
    if policy.force:
        return None
    if last and policy.is_older(last.commit):
        return Superseded(**common, warning=f"Skipped: what is live comes from a newer commit than {policy.commit[:7]}.")
    if policy.release and record.was_rolled_back(common["workflow"].fingerprint):
        return Hold(**common, status="held_rolled_back", warning=ROLLED_BACK)
    return None


def _plan_blind(target: "InPlace", observed: Observed, record: WorkflowRecord, policy: Policy) -> Change:
    """Without a key: what a deploy would do, as far as the state has it."""
    live, workflow = record.live, target.workflow
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": live.target if live else workflow.id}
    if live and live.fingerprint == workflow.fingerprint:
        return Unchanged(**common, live=True, why="as the state says")
    if not policy.release:
        return Hold(**common, why=HELD_UPDATE if common["target"] else HELD_CREATE)
    if not policy.force and record.was_rolled_back(workflow.fingerprint):
        return Hold(**common, status="held_rolled_back", warning=ROLLED_BACK)
    return Replace(**common, release=True) if common["target"] else CreateLive(**common, release=True, as_name=target.given_name(policy))


def _create(target: "InPlace", observed: Observed, last: DeployRecord | None, policy: Policy) -> Change:
    common: dict[str, Any] = {"workflow": target.workflow, "observed": observed}
    if last:
        common["warning"] = (
            f"It was deployed as {last.target}, which this key does not find. If it was not deleted, check the key: a release creates it again."
        )
    return CreateLive(**common, release=True, as_name=target.given_name(policy)) if policy.release else Hold(**common, why=HELD_CREATE)


def is_wanted(target: "InPlace", observed: Observed, last: DeployRecord | None, policy: Policy) -> bool:
    """With a record: we sent this content and it was not written since. Without one: everything wanted is there and nothing else, but for what
    the platform is known to add. Else a line taken out of the file would never be taken out there."""
    own = observed.own_write
    if own and own.proven:
        return own.fingerprint == target.workflow.fingerprint
    if last and last.fingerprint == target.workflow.fingerprint:
        return target.is_as_left(observed, last)
    existing, wanted = target.definition_of(observed.definition or {}), target.body(policy)
    return target.covers(existing, wanted) and target.covers(target.without_added(wanted), target.without_added(existing))


def _drifted(common: dict[str, Any], title: str, policy: Policy) -> Change:
    what = f"It was edited on {title} since the last deploy"
    if policy.on_drift == "fail":
        fix = "Copy the edit into the file, or run with `on-drift: overwrite`, which saves the edit first."
        return Fail(**common, code="DRIFT", message=f"{what}.", fix=fix)
    if policy.on_drift == "hold":
        warning = f"{what}: left alone. `on-drift: overwrite` saves what is there and replaces it."
        return Hold(**common, status="held_edited", warning=warning)
    if not policy.release:
        return Hold(**common, warning=f"{what}.", why=HELD_UPDATE)
    return Replace(**common, release=True, save_first=True, warning=f"{what}.")
