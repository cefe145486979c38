"""Deciding for meinGPT: one definition, no drafts. Without a release nothing is written, for it would be live at once."""

from typing import Any

from deployer.domain import fingerprint
from deployer.domain.change import Change, Create, Fail, Hold, Superseded, Unchanged, Update
from deployer.domain.observation import Absent, Definition, Unreadable
from deployer.domain.workflow import Workflow
from deployer.ledger.base import Entry, Recorded
from deployer.planner.names import FIELDS, covers, given_name, wanted_body
from deployer.planner.policy import Policy

WAITS = "would be live at once; waits for the next release"


def decide_definition(workflow: Workflow, observed: Definition | Absent, recorded: Recorded, policy: Policy) -> Change:
    """Where the workflow could be read, or is not there."""
    if isinstance(observed, Absent):
        return _absent(workflow, observed, policy)
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": observed.target_id}
    last = recorded.live if recorded.live and recorded.live.target == observed.target_id else None
    as_wanted = _is_wanted(workflow, observed, last, policy)
    is_live = observed.status == "active"
    if as_wanted and (is_live or not policy.release):
        return Unchanged(**common, live=is_live)
    if last and not policy.force and policy.is_older(last.commit):
        return Superseded(**common, warning=f"Skipped: what is live comes from a newer commit than {policy.commit[:7]}.")
    if last and not as_wanted and last.given_back != given_back(observed):
        return _drifted(common, policy)
    if not policy.release:
        return Hold(**common, why=f"update {WAITS}")
    return Update(**common, release=True, save_first=last is None)


def decide_blind(workflow: Workflow, observed: Unreadable, recorded: Recorded, policy: Policy) -> Change:
    """Without a key: what a deploy would do, as far as the ledger knows."""
    live = recorded.live
    common: dict[str, Any] = {"workflow": workflow, "observed": observed, "target": live.target if live else workflow.id}
    if live and live.fingerprint == workflow.fingerprint:
        return Unchanged(**common, live=True, why="as the ledger says")
    if not policy.release:
        return Hold(**common, why=f"{'update' if common['target'] else 'create'} {WAITS}")
    return Update(**common, release=True) if common["target"] else Create(**common, release=True, as_name=given_name(workflow, policy))


def given_back(observed: Definition) -> str:
    """The fingerprint of what the platform gave back: the definition and its status, not counters and times."""
    return fingerprint.of_definition({name: observed.body[name] for name in (*FIELDS, "status") if name in observed.body})


def _absent(workflow: Workflow, observed: Absent, policy: Policy) -> Change:
    if not policy.release:
        return Hold(workflow=workflow, observed=observed, why=f"create {WAITS}")
    return Create(workflow=workflow, observed=observed, release=True, as_name=given_name(workflow, policy))


def _is_wanted(workflow: Workflow, observed: Definition, last: Entry | None, policy: Policy) -> bool:
    """With a record: we sent this content, and what came of it is still there. Without one, or when it was touched since:
    everything wanted is there, which cannot tell what the server added from what somebody else did."""
    if last and last.fingerprint != workflow.fingerprint:
        return False
    if last and last.given_back == given_back(observed):
        return True
    return covers(observed.body, wanted_body(workflow, policy))


def _drifted(common: dict[str, Any], policy: Policy) -> Change:
    what = "It was edited on meinGPT since the last deploy"
    if policy.on_drift == "fail":
        return Fail(
            **common,
            code="DRIFT",
            message=f"{what}.",
            cure="Bring the edit into the file, or run with `on-drift: overwrite`, which saves what it finds.",
        )
    if policy.on_drift == "hold":
        return Hold(**common, warning=f"{what}: left alone. `on-drift: overwrite` saves what is there and replaces it.", why="edited elsewhere")
    if not policy.release:
        return Hold(**common, warning=f"{what}.", why=f"update {WAITS}")
    return Update(**common, release=True, save_first=True, warning=f"{what}.")
