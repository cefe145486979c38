"""Deciding for meinGPT: one definition, no drafts. Without a release nothing is written, for it would be live at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deployer.model import fingerprint
from deployer.model.change import Change, CreateLive, Fail, Hold, Replace, Superseded, Unchanged
from deployer.model.observation import LiveDefinition, Missing, NotListable
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.meingpt.payload import FIELDS, covers, given_name, wanted_body
from deployer.state.base import ROLLBACK, DeployRecord, WorkflowRecord

ROLLED_BACK = "This content was rolled back after an earlier release. `release: force` releases it again."
WRITES = ("create", "update", ROLLBACK)
WAITS = "would be live at once; waits for the next release"


def decide_definition(workflow: Workflow, observed: LiveDefinition | Missing, recorded: WorkflowRecord, policy: Policy) -> Change:
    """Where the workflow could be read, or is not there."""
    if isinstance(observed, Missing):
        return _absent(workflow, observed, policy)
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": observed.target_id}
    last = recorded.live if recorded.live and recorded.live.target == observed.target_id else None
    is_live = observed.status == "active"
    as_wanted = is_wanted(workflow, observed, last, policy)
    if as_wanted and (is_live or not policy.release):
        return Unchanged(**common, live=is_live)
    changed = bool(last and not as_wanted and not as_left(observed, last))
    ours = cut_off(observed, recorded)
    return _held_back(common, recorded, last, policy) or _written(common, last, policy, changed=changed, ours=ours)


def _held_back(common: dict[str, Any], recorded: WorkflowRecord, last: DeployRecord | None, policy: Policy) -> Change | None:
    """Why it is not written, whatever it holds: a newer commit is live, or this content was rolled back."""
    if policy.force:
        return None
    if last and policy.is_older(last.commit):
        return Superseded(**common, warning=f"Skipped: what is live comes from a newer commit than {policy.commit[:7]}.")
    if policy.release and recorded.was_rolled_back(common["workflow"].fingerprint):
        return Hold(**common, why="rolled back", warning=ROLLED_BACK)
    return None


def _written(common: dict[str, Any], last: DeployRecord | None, policy: Policy, *, changed: bool, ours: bool) -> Change:
    """`changed`: it is not what we last left; `ours`: a run of ours was writing it and has not said how that ended, so that it may be that
    run's work. It is saved all the same: it may be somebody else's."""
    if changed and not ours:
        return _drifted(common, policy)
    if not policy.release:
        return Hold(**common, why=f"update {WAITS}")
    return Replace(**common, release=True, save_first=last is None or changed)


def decide_blind(workflow: Workflow, observed: NotListable, recorded: WorkflowRecord, policy: Policy) -> Change:
    """Without a key: what a deploy would do, as far as the state knows."""
    live = recorded.live
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": live.target if live else workflow.id}
    if live and live.fingerprint == workflow.fingerprint:
        return Unchanged(**common, live=True, why="as the state says")
    if not policy.release:
        return Hold(**common, why=f"{'update' if common['target'] else 'create'} {WAITS}")
    if not policy.force and recorded.was_rolled_back(workflow.fingerprint):
        return Hold(**common, why="rolled back", warning=ROLLED_BACK)
    return Replace(**common, release=True) if common["target"] else CreateLive(**common, release=True, as_name=given_name(workflow, policy))


def cut_off(observed: LiveDefinition, recorded: WorkflowRecord) -> bool:
    """May a run of ours have written this that could not say so any more? Not what was written when its time was over."""
    written = _milliseconds(observed.updated_at)
    return written is not None and any(intent.action in WRITES and written <= intent.gives_up_at for intent in recorded.open_intents)


def _milliseconds(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def given_back(observed: LiveDefinition) -> str:
    """The fingerprint of what the platform gave back: the definition and its status, not counters and times."""
    return fingerprint.of_definition({name: observed.body[name] for name in (*FIELDS, "status") if name in observed.body})


def _absent(workflow: Workflow, observed: Missing, policy: Policy) -> Change:
    if not policy.release:
        return Hold(workflow=workflow, observed=observed, why=f"create {WAITS}")
    return CreateLive(workflow=workflow, observed=observed, release=True, as_name=given_name(workflow, policy))


def is_wanted(workflow: Workflow, observed: LiveDefinition, last: DeployRecord | None, policy: Policy) -> bool:
    """With a record: we sent this content and nobody wrote since. Without one: everything wanted is there and nothing else, but for
    what the platform is known to add. Else a line taken out of the file would never be taken out there."""
    wanted = wanted_body(workflow, policy)
    if last and last.fingerprint == workflow.fingerprint:
        return as_left(observed, last)
    there = {name: value for name, value in observed.body.items() if name in FIELDS}
    return covers(there, wanted) and covers(without_added(wanted), without_added(there))


def as_left(observed: LiveDefinition, last: DeployRecord) -> bool:
    """Is it what the platform gave back after our last write? Where nobody wrote since (`updated_at`), another form is the platform's own."""
    return last.readback_fingerprint == given_back(observed) or bool(last.updated_at and last.updated_at == observed.updated_at)


def without_added(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the platform adds by itself: the address of a webhook (docs/contracts/meingpt.md, "Calls"), and what is empty."""
    kept = {name: value for name, value in definition.items() if value not in (None, "", {}, [])}
    trigger = kept.get("trigger")
    if isinstance(trigger, dict):
        config = {name: value for name, value in (trigger.get("config") or {}).items() if name != "url"}
        kept["trigger"] = {**{name: value for name, value in trigger.items() if name != "config"}, **({"config": config} if config else {})}
    return kept


def _drifted(common: dict[str, Any], policy: Policy) -> Change:
    what = "It was edited on meinGPT since the last deploy"
    if policy.on_drift == "fail":
        return Fail(
            **common,
            code="DRIFT",
            message=f"{what}.",
            fix="Bring the edit into the file, or run with `on-drift: overwrite`, which saves what it finds.",
        )
    if policy.on_drift == "hold":
        return Hold(**common, warning=f"{what}: left alone. `on-drift: overwrite` saves what is there and replaces it.", why="edited elsewhere")
    if not policy.release:
        return Hold(**common, warning=f"{what}.", why=f"update {WAITS}")
    return Replace(**common, release=True, save_first=True, warning=f"{what}.")
