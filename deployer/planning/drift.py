"""Drift: what is on the platform, compared with what was last deployed. Pure; nothing is written.

What somebody made or published elsewhere is drift, and so is what is gone. What the file says now does not matter here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deployer.model.change import Change, Drift, Fail, InSync
from deployer.model.observation import LiveDefinition, Missing, NotListable, Observation, ReadFailed, Version, VersionHistory
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning.reconcile import about
from deployer.platforms.in_place.plan import as_left, cut_off, without_added
from deployer.platforms.meingpt.payload import FIELDS, wanted_body
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

NOT_THERE = ("WORKFLOW_NOT_FOUND", "NAME_TAKEN", "40348")  # what a workflow that we deployed once looks like when it is gone
SourceAt = Callable[[Workflow, str], Source | None]


def compare(
    workflows: Sequence[Workflow],
    observed: Mapping[str, Observation],
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


def examine(workflow: Workflow, seen: Observation, recorded: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
    """What there is to say of one workflow."""
    last = recorded.live or recorded.draft
    known: dict[str, Any] = {"workflow": workflow, "observed": seen, "target": last.target if last else ""}
    match seen:
        case ReadFailed(code=code, message=message, fix=fix):
            return (
                Drift(**known, what="missing", warning=message) if last and code in NOT_THERE else Fail(**known, code=code, message=message, fix=fix)
            )
        case NotListable(why=why):
            return InSync(**known, what="undetermined", why=why)
    if last is None:
        return InSync(**known, what="never_deployed")
    if isinstance(seen, Missing):
        return Drift(**known, what="missing", warning=f"It was deployed as {last.target}, and is not there any more.")
    if last.target and seen.target_id and last.target != seen.target_id:
        return InSync(**known, what="never_deployed", why=f"{seen.target_id} is another target than the one deployed to, {last.target}")
    return _gptbots(known, seen, recorded) if isinstance(seen, VersionHistory) else _meingpt(known, seen, recorded, policy, source_at)


def _gptbots(known: dict[str, Any], seen: VersionHistory, recorded: WorkflowRecord) -> Change:
    live, draft = recorded.live, recorded.draft
    version: dict[str, Any] = {"version": live.version if live else draft.version if draft else None, "live": live is not None}
    there = {each.version for each in seen.versions}
    lost = [entry.version for entry in (live, draft) if entry and entry.version not in there]
    if lost:
        return Drift(**known, **version, what="missing", warning=f"Version {lost[0]} is not in the list any more.")
    found = [*_live(seen, recorded), *_draft(seen, recorded)]
    return Drift(**known, **version, what="modified", warning=" ".join(found)) if found else InSync(**known, **version, what="in_sync")


def _live(seen: VersionHistory, recorded: WorkflowRecord) -> list[str]:
    """What was said to be live is, and nothing of ours went live by itself. Where we never released, what is live was there before."""
    live, shown = recorded.live, seen.live
    if shown is None:
        return [f"Nothing is live any more; {live.version} was released."] if live else []
    if live and shown.version != live.version:
        return [f"Version {shown.version} is live{_whose(shown, recorded)}; {live.version} was released last."]
    if live is None and recorded.draft and shown.version == recorded.draft.version:
        return [f"Version {shown.version} is live, and no release of it is recorded."]
    return []


def _draft(seen: VersionHistory, recorded: WorkflowRecord) -> list[str]:
    """Nothing newer than what was imported last was made by somebody else."""
    last, draft = recorded.draft, seen.draft
    if last is None or draft is None or draft.version == last.version or draft.published:
        return []
    return (
        []
        if _intended(draft, recorded)
        else [f"The draft {draft.version} is newer than {last.version}, which was imported last{_whose(draft, recorded)}."]
    )


def _whose(version: Version, recorded: WorkflowRecord) -> str:
    if any(entry.version == version.version for entry in recorded.releases):
        return ", an earlier release"
    return "" if version.marker else ", and was not made by Flowship"


def _intended(version: Version, recorded: WorkflowRecord) -> bool:
    """A run that was cut off made it: the next deploy will know."""
    return any(version.marker and version.marker.marks(intent.fingerprint) for intent in recorded.open_intents)


def _meingpt(known: dict[str, Any], seen: LiveDefinition, recorded: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
    live = recorded.live
    if live is None:
        return InSync(**known, what="undetermined", why="the run that created it was cut off")
    if cut_off(seen, recorded) and not as_left(seen, live):
        return InSync(**known, what="undetermined", why="the run that wrote it last was cut off")
    if as_left(seen, live):
        return InSync(**known, what="in_sync", live=seen.status == "active")
    source = _deployed(known["workflow"], live, source_at)
    if source is None:
        said, difference = "What exactly is not known: the definition as it was deployed cannot be read.", None
    else:
        from deployer.planning.definition_diff import compare as inside
        from deployer.planning.differences import differences

        wanted = {**wanted_body(known["workflow"]._replace(source=source), policy), "status": "active"}
        both = without_added(wanted), without_added(_fields(seen))
        said = "; ".join(differences(*both)) or "only what the platform adds by itself"
        difference = inside("meingpt", *both, f"what was deployed last{f' (commit {live.commit[:7]})' * bool(live.commit)}")
    warning = f"Changed since the last deploy: {said}"
    return Drift(**known, what="modified", live=seen.status == "active", warning=warning, difference=difference)


def _fields(seen: LiveDefinition) -> dict[str, Any]:
    return {name: seen.body[name] for name in (*FIELDS, "status") if name in seen.body}


def _deployed(workflow: Workflow, live: DeployRecord, source_at: SourceAt) -> Source | None:
    """What was sent then: the file as it is, where it still is that; else as the commit has it."""
    if workflow.source.definition is not None and workflow.fingerprint == live.fingerprint:
        return workflow.source
    source = source_at(workflow, live.commit) if live.commit else None
    return source if source and source.fingerprint == live.fingerprint else None


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
