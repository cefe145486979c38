"""Drift where a platform keeps one definition: whether it is still what came back after our last write. Pure but for `source_at`."""

from typing import TYPE_CHECKING, Any

from deployer.model.change import Change, Drift, InSync
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.platforms.restore import SourceAt
from deployer.state.base import DeployRecord, WorkflowRecord

if TYPE_CHECKING:
    from deployer.platforms.in_place.target import InPlace

MAX_LINES = 8


def compare(target: "InPlace", observed: Observed, record: WorkflowRecord, policy: Policy, source_at: SourceAt) -> Change:
    live = record.live
    last = record.last
    common: dict[str, Any] = {"workflow": target.workflow, "observed": observed, "target": last.target if last else ""}
    own = observed.own_write
    if (own and own.proven) or (live and target.is_as_left(observed, live)):
        return InSync(**common, status="in_sync", live=observed.active)
    if live is None:
        return InSync(**common, status="undetermined", why="the run that created it did not finish")
    if target.is_ours(observed, record):
        return InSync(**common, status="undetermined", why="the last write to it was not confirmed")
    source = _deployed_source(target.workflow, live, source_at)
    if source is None:
        text, difference = "What exactly is not known: the definition as it was deployed cannot be read.", None
    else:
        deployed = type(target)(target.workflow._replace(source=source), target.connect).shown_definition(policy, status=True)
        existing = target.without_added(target.definition_of(observed.definition or {}, status=True))
        text = "; ".join(difference_lines(deployed, existing)) or "only what the platform adds by itself"
        difference = target.compare_definitions(deployed, existing, f"what was deployed last{f' (commit {live.commit[:7]})' * bool(live.commit)}")
    return Drift(**common, status="modified", warning=f"Changed since the last deploy: {text}", difference=difference)


def _deployed_source(workflow: Workflow, live: DeployRecord, source_at: SourceAt) -> Source | None:
    """What was sent then: the file as it is, where it still is that; else as the commit has it."""
    if workflow.source.definition is not None and workflow.fingerprint == live.fingerprint:
        return workflow.source
    source = source_at(workflow, live.commit) if live.commit else None
    return source if source and source.fingerprint == live.fingerprint else None


def difference_lines(before: Any, after: Any) -> tuple[str, ...]:
    """One line for each field that differs (`steps[id=greet].config.model: "gpt-4" → "gpt-5"`), at most `MAX_LINES` and one that counts the rest."""
    from deployer.platforms.definition_diff.fields import fields
    from deployer.render.diff_text import field_line

    different = fields(before, after)
    lines = tuple(field_line(field) for field in different[:MAX_LINES])
    return (*lines, f"and {len(different) - MAX_LINES} more") if len(different) > MAX_LINES else lines
