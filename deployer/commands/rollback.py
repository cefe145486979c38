"""The mode `rollback`: which release or commit to restore, and its definitions. `deployer.planning.rollback` decides about each workflow.

Files as they are now are not deployed, so an error in one of them does not prevent a rollback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from deployer.apply import recovery
from deployer.model.errors import UsageError
from deployer.model.exit_codes import USAGE
from deployer.model.observation import Observed
from deployer.model.report import Report
from deployer.model.text import first_names
from deployer.model.workflow import Workflow
from deployer.pipeline import approval, execute
from deployer.pipeline import plan as steps
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project, only_named, read_whole, sharded
from deployer.pipeline.revisions import commit_of, source_finder, sources_at
from deployer.planning import keys, release_history
from deployer.planning import rollback as planning
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named
from deployer.platforms.restore import RollbackTarget
from deployer.state.base import EnvironmentState
from deployer.state.run_names import run_id


def run(context: RunContext, report: Report) -> Report:
    """The last release rolled back, or `to` restored; with `dry-run` only the plan of that."""
    settings = context.settings
    project = read_whole(context.root, settings)
    report = replace(report, environment=project.environment, release=True)
    if project.broken:
        return replace(report, findings=project.findings, exit_code=USAGE)
    with steps.attach_report_on_error(report):
        connections = steps.connect(context, project)
        loaded = steps.load_state(context, project, connections)
        loaded = loaded._replace(state=_with_unrecorded_writes(context, project, connections, loaded.state))
        project, last = _select(context, project, loaded.state)
        keys.require_keys(settings, project.manifest_path, project.environment, project.workflows)
        report = replace(report, notices=(*report.notices, *_release_notice(last, loaded.state)))
        prepared = _prepare(context, project, report, connections, loaded, last)
        return prepared.report if settings.deploy.dry_run else execute.apply(context, project, approval.ask(context, prepared))


def _with_unrecorded_writes(context: RunContext, project: Project, connections: Connections, state: EnvironmentState) -> EnvironmentState:
    """The state with what interrupted runs wrote, which may be the release to roll back. The rollback's own records end theirs."""
    unclear = [workflow for workflow in project.workflows if state.of(workflow.name).is_unclear]
    if not unclear:
        return state
    observer = Observer(connections, state, steps.policy_of(context, project), source_finder(context))
    observed = steps.observe(context, project._replace(workflows=tuple(unclear)), observer)
    writes = recovery.find_unrecorded_writes(unclear, observed, state, steps.hosts(project, connections))
    return recovery.with_writes(state, writes, project.environment, context.run)


def _prepare(
    context: RunContext, project: Project, report: Report, connections: Connections, loaded: steps.LoadedState, last: release_history.LastRelease
) -> steps.PreparedPlan:
    state = loaded.state
    policy = replace(steps.policy_of(context, project), release=True)
    observed = steps.observe(context, project, Observer(connections, state, policy, source_finder(context)))
    target = RollbackTarget(source_at=sources_at(context), run=context.run, release=last.run, is_ancestor=context.is_ancestor)
    if context.settings.deploy.to:
        target = _resolve_to(context, target, project, observed, state)
    plan = planning.plan(project.workflows, observed, state, steps.hosts(project, connections), project.environment, target)
    plan = loaded.others.approve(plan, steps.hosts(project, connections))
    if context.settings.deploy.dry_run or approval.is_needed(context, plan):  # else what is live now has to be replaced without delay
        plan = steps.detailed(context, plan, state, steps.hosts(project, connections), policy, connections)
    planned = steps.planned(report, plan, connections)
    return steps.require_approved(context, state, steps.PreparedPlan(plan, connections, policy, planned, loaded.moved))


def _select(context: RunContext, project: Project, state: EnvironmentState) -> tuple[Project, release_history.LastRelease]:
    """The project with the workflows to restore: with `to` all of the environment, else those of its last release; narrowed by `only` and `shard`."""
    project = only_named(project, context.settings.selection.only)
    named = [workflow.name for workflow in project.workflows]
    last = release_history.LastRelease(tuple(named), "")
    if not context.settings.deploy.to:
        known = any(state.of(name).releases for name in named)
        # Without a state the platform may list earlier versions, but not which workflows were released together.
        last = release_history.find_last_release(state, named, context.run) if known or not context.settings.selection.only else last
    return sharded(only_named(project, last.names), context.settings.selection.shard), last


def _release_notice(last: release_history.LastRelease, state: EnvironmentState) -> tuple[str, ...]:
    """Which release is rolled back; nothing with `to`."""
    if not last.run:
        return ()
    standing = [stack[-1] for name in last.names if (stack := release_history.effective_releases(state.of(name).releases))]
    commit = next((entry.commit[:7] for entry in standing if run_id(entry.run) == last.run and entry.commit), "")
    resumed = f" An earlier rollback, run {last.resumed}, was cut off or failed in part: this one goes on with it." if last.resumed else ""
    return (f"The last release is that of run {last.run}{f', commit {commit}' * bool(commit)}: {', '.join(last.names)}.{resumed}",)


def _resolve_to(
    context: RunContext, target: RollbackTarget, project: Project, observed: Mapping[str, Observed], state: EnvironmentState
) -> RollbackTarget:
    """The target with `to`: as a version of the only workflow, else as a commit. Raises UsageError when it is neither."""
    to, workflows = context.settings.deploy.to, project.workflows
    holders = [workflow.name for workflow in workflows if to in _versions(workflow, observed[workflow.name], state)]
    alone = workflows[0] if len(workflows) == 1 and platform_named(workflows[0].platform).capabilities.versions else None
    if alone and holders:
        return replace(target, version=to)
    commit = commit_of(context, to, state)
    if commit:
        return replace(target, commit=commit)
    if alone and not observed[alone.name].readable:
        return replace(target, version=to)  # whether that version exists, the platform answers at the release
    none = f"`to` is {to!r}: no tag or commit of this repository{', and no version' * (alone is not None)}."
    versions = sorted(_versions(alone, observed[alone.name], state)) if alone else []
    raise UsageError(none, fix=_what_to_takes(to, project, holders, versions, alone), code="unknown-to")


def _what_to_takes(to: str, project: Project, holders: Sequence[str], versions: Sequence[str], alone: Workflow | None) -> str:
    """The fix for a `to` that is nothing known. `holders`: workflows that have such a version; `alone`: the one workflow that is restored, and
    `versions` its own."""
    if to in project.names():
        return f"{to} is a workflow: name it with `only`. `to` takes a tag or a commit, or a version of one workflow."
    if holders:
        which = "that workflow" if len(holders) == 1 else "one of them"
        return f"It is a version of {', '.join(holders[:5])}: name {which} with `only`."
    shown = f" ({first_names(versions)})" if versions else ""
    version = f"a version of {alone.name}{shown}" if alone else "with one workflow in `only` a version of it"
    fetch = "Where git does not have it yet: `git fetch --tags`, in a shallow checkout `git fetch --unshallow --tags`."
    return f"Give a tag, a commit, or {version}. {fetch}"


def _versions(workflow: Workflow, observed: Observed, state: EnvironmentState) -> set[str]:
    """The versions that the platform lists; where it lists none, those in the state."""
    if observed.versions:
        return {version.version for version in observed.versions}
    record = state.of(workflow.name)
    return {entry.version for entry in (record.draft, *record.releases) if entry and entry.version}
