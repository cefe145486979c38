"""What `flowship show` shows of each workflow: its graph, and what changed in it since a commit or since what is live. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from deployer.model.difference import Difference
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed
from deployer.model.policy import Policy
from deployer.model.shown import ShownWorkflow
from deployer.model.workflow import Workflow
from deployer.pipeline import plan as steps
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import eval_history
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import commit_of, entries_at, sources_at
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named, target_of
from deployer.platforms.restore import SourceAt
from deployer.state.base import DeployRecord, EnvironmentState

LIVE = "live"
NO_GRAPH = "The file is no definition that can be read: it has no graph."


class Earlier(NamedTuple):
    """What a workflow is compared with. `definition`: None where there was none, which makes all of it new. `problem`: why it is unknown."""

    definition: Mapping[str, Any] | None = None
    against: str = ""
    problem: str = ""


FindEarlier = Callable[[Workflow], Earlier]


def show_all(context: RunContext, project: Project, against: str, state: EnvironmentState) -> tuple[tuple[ShownWorkflow, ...], tuple[str, ...]]:
    """Every workflow of the project, and notices. Raises UsageError for an `against` that names no commit."""
    policy = steps.policy_of(context, project)
    find, notices = _finder(context, project, against, state, policy) if against else (None, ())
    in_full = bool(context.settings.selection.only) or len(project.workflows) == 1
    shown = (_show(workflow, find, policy) for workflow in project.workflows)
    rows = tuple(row._replace(in_full=in_full, history=eval_history(state.of(row.name))) for row in shown)
    return rows, tuple(notices)


def _show(workflow: Workflow, find: FindEarlier | None, policy: Policy) -> ShownWorkflow:
    bare = ShownWorkflow(workflow.name, workflow.platform, workflow.path, Difference(known=False))
    if workflow.source.definition is None:
        return bare._replace(problem=NO_GRAPH)
    target = target_of(workflow)
    wanted = target.shown_definition(policy)
    alone = bare._replace(difference=_compare(workflow, wanted, wanted, "")._replace(known=False))
    if find is None:
        return alone
    earlier = find(workflow)
    if earlier.problem:
        return alone._replace(problem=earlier.problem)
    if earlier.definition is None:
        return bare._replace(difference=_compare(workflow, {}, wanted, ""), compared=True)
    after = target.shown_definition(policy, status=target.status_field in earlier.definition)
    return bare._replace(difference=_compare(workflow, earlier.definition, after, earlier.against), compared=True)


def _compare(workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    return platform_named(workflow.platform).compare_definitions(before, after, against)


def _finder(context: RunContext, project: Project, against: str, state: EnvironmentState, policy: Policy) -> tuple[FindEarlier, Sequence[str]]:
    source_at = sources_at(context)
    if against == LIVE:
        return _live_finder(context, project, state, policy, source_at)
    commit = commit_of(context, against, state)
    if commit is None:
        fix = "Name a commit, branch or tag of this repository (`git fetch` brings those of the remote one), or `live`."
        raise UsageError(f"`--against` is {against!r}: no commit, branch or tag of that name was found.", fix=fix, code="no-commit")
    label = f"commit {commit[:7]}" if commit.startswith(against) else f"{against} (commit {commit[:7]})"
    return lambda workflow: _at_commit(workflow, commit, label, policy, source_at), _removed_since(context, project, commit, label)


def _removed_since(context: RunContext, project: Project, commit: str, label: str) -> list[str]:
    """A notice of workflows that the manifest had and has no more."""
    if project.manifest is None or context.settings.selection.only:
        return []
    names = sorted({entry.name for entry in entries_at(context, commit).values()} - project.names())
    return [f"In the manifest at {label}, and not any more: {', '.join(names)}."] if names else []


def _at_commit(workflow: Workflow, commit: str, label: str, policy: Policy, source_at: SourceAt) -> Earlier:
    try:
        source = source_at(workflow, commit)
    except FlowshipError as error:
        return Earlier(problem=f"It is not compared with {label}: {error.message}")
    if source is None:
        return Earlier()
    if source.definition is None:
        return Earlier(problem=f"It is not compared with {label}: the file there is no definition that can be read.")
    return Earlier(target_of(workflow._replace(source=source)).shown_definition(policy), label)


def _live_finder(
    context: RunContext, project: Project, state: EnvironmentState, policy: Policy, source_at: SourceAt
) -> tuple[FindEarlier, Sequence[str]]:
    """What is live: as the platform exports it; where it has no such call, or no key is given, the file that the state records as live."""
    connections = steps.connect(context, project)
    exported = [workflow for workflow in project.workflows if _can_export(workflow) and connections.key_of(workflow)]
    observed = Observer(connections, state, policy, source_at).all(exported, context.settings.limits.concurrency, context.clock)

    def find(workflow: Workflow) -> Earlier:
        if workflow.name in observed:
            return _exported(connections, workflow, observed[workflow.name])
        live = state.of(workflow.name).of_host(connections.host(workflow)).live
        return _recorded(workflow, live, policy, source_at)

    others = [workflow for workflow in project.workflows if workflow.name not in observed]
    return find, _why_recorded(others)


def _can_export(workflow: Workflow) -> bool:
    return platform_named(workflow.platform).capabilities.export


def _why_recorded(workflows: Sequence[Workflow]) -> list[str]:
    titles = sorted({platform_named(workflow.platform).title for workflow in workflows if not _can_export(workflow)})
    keyless = sorted(workflow.name for workflow in workflows if _can_export(workflow))
    lines = [f"{title} has no call that exports a workflow: the file that the state records as live stands for what is live." for title in titles]
    if keyless:
        lines.append(f"No key is given for {', '.join(keyless)}: the file that the state records as live stands for what is live.")
    return lines


def _exported(connections: Connections, workflow: Workflow, observed: Observed) -> Earlier:
    if observed.failure or not observed.readable:
        return Earlier(problem=f"What is live could not be read: {observed.failure.message if observed.failure else observed.why}")
    if not (observed.exists and observed.id):
        return Earlier()
    try:
        shown = connections.target(workflow).shown_live(observed.id)
    except FlowshipError as error:
        return Earlier(problem=f"What is live could not be read: {error.message}")
    if shown is None:
        return Earlier()
    return Earlier(target_of(workflow).without_added(shown), "what is there now")


def _recorded(workflow: Workflow, live: DeployRecord | None, policy: Policy, source_at: SourceAt) -> Earlier:
    if live is None:
        return Earlier(problem="The state records nothing as live, so it is not compared.")
    label = f"commit {live.commit[:7]}, recorded as live{f' ({live.version})' if live.version else ''}"
    try:
        source = source_at(workflow, live.commit) if live.commit else None
    except FlowshipError as error:
        return Earlier(problem=f"It is not compared with {label}: {error.message}")
    if source is None or not same_hash(source.fingerprint, live.fingerprint):
        return Earlier(problem=f"It is not compared: the file of {label}, is not here, or is not what was released.")
    return _at_commit(workflow, live.commit, label, policy, source_at)
