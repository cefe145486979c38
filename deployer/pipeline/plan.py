"""Preparing a run: read the files, connect, observe, plan. Nothing is written here; `deployer.pipeline.execute` applies what is prepared."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from deployer.apply import executor, quota, recovery
from deployer.apply.recovery import UnrecordedWrite
from deployer.config.spelling import Spelling
from deployer.lint.linter import lint_for_deploy
from deployer.manifest.model import RELEASE_POLICIES
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import FAILED, USAGE, has_errors
from deployer.model.failure import NAME_TAKEN, Failure
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.model.text import nfc
from deployer.model.workflow import Workflow
from deployer.pipeline import prune
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project, read_project
from deployer.pipeline.repository_targets import RepositoryTargets
from deployer.pipeline.revisions import entries_at, source_finder
from deployer.planning import keys, reconcile, release_policy, renames, sharding, target_conflicts
from deployer.planning.release_policy import ReleaseDecision
from deployer.planning.target_conflicts import TargetOwner
from deployer.platforms.connections import Connections
from deployer.state.base import DeployRecord, EnvironmentState, StateOwner, WorkflowRecord

if TYPE_CHECKING:
    from deployer.pipeline.early_reads import EarlyReads


class MovedRecord(NamedTuple):
    """Records that the state still has elsewhere: under another name, in another environment, or of another project."""

    name: str
    environment: str
    owner: StateOwner
    record: WorkflowRecord


class LoadedState(NamedTuple):
    """`state` has moved records already; `moved` are those to move in the state store too, by new name."""

    state: EnvironmentState
    moved: Mapping[str, MovedRecord]
    others: RepositoryTargets


@contextmanager
def attach_report_on_error(report: Report) -> Iterator[None]:
    """Raises Aborted, with the report so far, for a FlowshipError inside."""
    try:
        yield
    except FlowshipError as error:
        raise Aborted(report, error) from error


class Aborted(Exception):  # noqa: N818 - carries the error, is none itself
    """A run that an error ended, with the report so far."""

    def __init__(self, report: Report, error: FlowshipError) -> None:
        super().__init__(error.message)
        self.report = report
        self.error = error


class PreparedPlan(NamedTuple):
    """A plan of which nothing is written yet; `report` shows it. `moved`: records that the state still has elsewhere. `replan` plans
    again after another run wrote; None where the plan was approved as it is. `blocked`: failures by name, of workflows not to be written.
    `unrecorded`: writes of earlier runs that `state` has already and the state store has not."""

    plan: Plan
    connections: Connections
    policy: Policy
    report: Report
    moved: Mapping[str, MovedRecord] = {}
    replan: Callable[[], Plan] | None = None
    state: EnvironmentState = EnvironmentState()
    blocked: Mapping[str, Failure] = {}
    unrecorded: Sequence[UnrecordedWrite] = ()


def decide_release(context: RunContext, project: Project) -> ReleaseDecision:
    """Whether this run makes live what it deploys, and why."""
    declared = project.manifest.release_policy(project.environment) if project.manifest else RELEASE_POLICIES[0]
    settings = context.settings
    decision = release_policy.decide_release(settings.deploy.release, declared, project.environment, context.event, settings.deploy.tags)
    return decision._replace(why=Spelling(settings.in_action, settings.variables).text(decision.why)) if settings.deploy.release else decision


def read(context: RunContext, report: Report, begin: Callable[[Project], None] = lambda _: None) -> tuple[Project, Report]:
    """The project, and the report so far; with an exit code, and then nothing may be written, where lint found an error. `begin`: see
    `read_project`."""
    project = read_project(context.root, context.settings, begin)
    findings = lint_for_deploy(context.root, project.sources, project.findings, project.manifest)
    decision = decide_release(context, project)
    notices = (*report.notices, *project.notices, *([decision.notice] if decision.notice and report.mode == "deploy" else ()))
    report = replace(report, environment=project.environment, findings=findings, notices=notices)
    report = replace(report, release=decision.release, release_policy=decision.policy, release_why=decision.why)
    return project, replace(report, exit_code=USAGE if project.broken else FAILED if has_errors(findings) else 0)


def connect(context: RunContext, project: Project) -> Connections:
    """The connections of the project's workflows. Raises UsageError where two entries of the manifest are one target."""
    settings = context.settings
    connections = Connections(settings, lambda workflow: keys.key_of(settings, project.environment, workflow), context.clock, context.redactor)
    connections.connect(project.workflows)
    pairs = [(environment, workflow, keys.key_of(settings, environment, workflow)) for environment, workflow in project.pairs()]
    keys.refuse_shared_targets({(environment, workflow.name): connections.host(workflow) for environment, workflow, _ in pairs}, pairs)
    return connections


def policy_of(context: RunContext, project: Project) -> Policy:
    """The policy that the settings, the manifest and the commit make for this environment."""
    decision = decide_release(context, project)
    return Policy(
        environment=project.environment,
        is_default_environment=project.environment == project.environments[0],
        release=decision.release,
        force=decision.force,
        on_drift=context.settings.deploy.on_drift,
        commit=context.commit.sha,
        is_ancestor=cache(context.is_ancestor),  # a process or a request each
    )


def load_state(context: RunContext, project: Project, connections: Connections, early: "EarlyReads | None" = None) -> LoadedState:
    """The state, with renamed workflows under their new names, and with what a project whose manifest is gone had of the same targets.

    Raises UsageError where another manifest of this commit has the same project."""
    state = early.state() if early else context.services.state.read(project.environment)
    others = RepositoryTargets(context, project.owner, project.environment, project.pairs())
    others.refuse_shared_project(StateOwner(project.owner.project, state.manifest))
    is_successor = _successor_test(context, project, connections, state)
    urls = hosts(project, connections)
    old_names = renames.find_renames(state, project.workflows, project.names(), urls, is_successor) if project.manifest else {}
    notices = [f"{new} was {old} before: its records are taken over." for new, old in sorted(old_names.items())]
    moved = {new: MovedRecord(old, project.environment, project.owner, state.of(old)) for new, old in old_names.items()}
    state = renames.take_over_records(state, old_names)
    takeovers = _find_takeovers(context, project, connections, state, others, early)
    state = target_conflicts.take_over(state, takeovers)
    moved |= {new: MovedRecord(owner.workflow, owner.state.environment, owner.state.owner, state.of(new)) for new, owner in takeovers.items()}
    notices += target_conflicts.takeover_notices(takeovers, project.owner)
    return LoadedState(replace(state, notices=(*state.notices, *notices)), moved, others)


def _successor_test(
    context: RunContext, project: Project, connections: Connections, state: EnvironmentState
) -> Callable[[Workflow, str, DeployRecord], bool]:
    """Whether a workflow without records has the file that the last deploy of an old name had, or would get the name of its target."""
    observer = Observer(connections, state, policy_of(context, project))

    @cache
    def entries(commit: str) -> Mapping[str, Workflow]:
        try:
            return entries_at(context, commit)
        except FlowshipError:
            return {}

    @cache
    def taken(name: str) -> str:
        (workflow,) = (workflow for workflow in project.workflows if workflow.name == name)
        observed = observer.all([workflow], 1, context.clock)[name] if connections.key_of(workflow) else Observed(readable=False)
        return observed.id if observed.failure and observed.failure.code == NAME_TAKEN else ""

    def is_successor(workflow: Workflow, old_name: str, last: DeployRecord) -> bool:
        entry = entries(last.commit).get(nfc(old_name)) if last.commit else None
        return (entry is not None and nfc(entry.path) == nfc(workflow.path)) or taken(workflow.name) == last.target

    return is_successor


def _find_takeovers(
    context: RunContext,
    project: Project,
    connections: Connections,
    state: EnvironmentState,
    others: RepositoryTargets,
    early: "EarlyReads | None",
) -> Mapping[str, TargetOwner]:
    """By workflow name. Reads the states of other projects only where a workflow has no record, and its target only where one may fit."""
    unknown = [workflow for workflow in project.workflows if not state.of(workflow.name).last]
    if not unknown or all(owner.claim == "named" for owner in others.owners.values()):
        return {}
    with_keys = project._replace(workflows=tuple(workflow for workflow in unknown if connections.key_of(workflow)))
    observed = observe(context, with_keys, Observer(connections, state, policy_of(context, project)), early)
    takeovers = target_conflicts.find_takeovers(unknown, observed, hosts(project, connections), others.owners)
    leftovers = target_conflicts.find_leftovers(takeovers, others.owners, project.owner, project.environment, project.names())
    return takeovers | {name: owner for name, owner in leftovers.items() if not state.of(name).last}


def observe(
    context: RunContext,
    project: Project,
    observer: Observer,
    early: "EarlyReads | None" = None,
    again: Collection[str] = (),
    each: Callable[[Workflow, Observed], None] = lambda *_: None,
) -> dict[str, Observed]:
    """What is on the platforms, by workflow name. What is read early is not read again, except for the names in `again`; `each` is called with
    it meanwhile."""
    reads = {workflow.name for workflow in project.workflows if early and workflow.name in early.names and workflow.name not in again}
    others = [workflow for workflow in project.workflows if workflow.name not in reads]
    observed = observer.all(others, context.settings.limits.concurrency, context.clock)
    return observed | {name: shown for name, shown in early.observed(project.workflows, each).items() if name in reads} if early else observed


def hosts(project: Project, connections: Connections) -> dict[str, str]:
    """The base URL by workflow name."""
    return {workflow.name: connections.host(workflow) for workflow in project.workflows}


def prepare(
    context: RunContext, project: Project, report: Report, connections: Connections | None = None, early: "EarlyReads | None" = None
) -> PreparedPlan:
    """The plan of a deploy. With `connections`, those of an earlier call, it is made again, without this run's own intents.

    Raises Aborted, with the plan, where another plan was approved."""
    from deployer.pipeline.change_finisher import ChangeFinisher

    early = early if early and early.connections else None
    replanning, connections = connections is not None, connections or (early.connections if early else None) or connect(context, project)
    policy, urls = policy_of(context, project), hosts(project, connections)
    state, moved, others = load_state(context, project, connections, early)
    state = state.without(context.run) if replanning else state
    deletions = prune.plan_deletions(context, project, state, connections, policy, others.named)
    with closing(ChangeFinisher(context, project, state, urls, policy, connections)) as finisher:
        # With records that were taken over, what is there may be read in another way.
        observed = observe(context, project, Observer(connections, state, policy, source_finder(context)), early, moved, finisher.decide_ahead)
        unrecorded = recovery.find_unrecorded_writes(project.workflows, observed, state, urls)
        state = recovery.with_writes(state, unrecorded, project.environment, context.run)
        plan = reconcile.plan(project.workflows, observed, state, urls, policy)
        changes = sorted((*plan.changes, *deletions), key=lambda change: change.workflow.name)
        plan = replace(plan, changes=tuple(changes), notices=(*plan.notices, *prune.notices(context, project, state, others.named)))
        plan = finisher.finish(others.approve(plan, urls), state)
    replan = lambda: prepare(context, project, report, connections).plan  # noqa: E731
    prepared = PreparedPlan(plan, connections, policy, planned(report, plan, connections), moved, replan, state, unrecorded=unrecorded)
    return require_approved(context, state, prepared)


def detailed(context: RunContext, plan: Plan, state: EnvironmentState, urls: Mapping[str, str], policy: Policy, connections: Connections) -> Plan:
    """The plan, with what changes inside each workflow."""
    from deployer.pipeline import plan_details

    return plan_details.detailed(context, plan, state, urls, policy, connections)


def planned(report: Report, plan: Plan, connections: Connections) -> Report:
    """The report with the plan in it."""
    return replace(
        report,
        plan_hash=plan.hash,
        outcomes=tuple(executor.planned(change) for change in plan),
        notices=(*report.notices, *plan.notices, *quota.forecast(plan.changes, connections, connections.clock)),
        requests=connections.requests(),
        requests_needed=quota.requests_needed(plan.changes),
    )


def require_approved(context: RunContext, state: EnvironmentState, prepared: PreparedPlan) -> PreparedPlan:
    """The same. Raises Aborted, with the plan, where `plan-hash` is another plan's."""
    approved = context.settings.deploy.plan_hash
    if not approved or reconcile.is_approved(prepared.plan, approved, state):
        return prepared
    error = UsageError(
        f"The plan has changed: `plan-hash` is {approved}, and the plan is now {prepared.plan.hash}. Files, platforms, keys or `release` differ.",
        fix="Read the plan above. To apply it, give its hash to `plan-hash`; else plan again with the same inputs as before.",
        code="plan-changed",
    )
    raise Aborted(prepared.report, error)


def drift_block(plan: Plan) -> Failure | None:
    """Why nothing of a plan may be applied, drift under `on-drift: fail`; None where it may."""
    drifted = [change.workflow.name for change in plan if change.action == "fail" and getattr(change, "code", "") == "DRIFT"]
    return Failure("DRIFT", f"Nothing was written: {', '.join(drifted)} changed on the platform.", "See that workflow's line.") if drifted else None


def shard_plan(context: RunContext, plan: Plan) -> tuple[Shard, ...]:
    """The shards to deploy a plan in; none when there is nothing to do, or when drift blocks all of it, which a shard alone could not see."""
    settings = context.settings
    if drift_block(plan) or not plan.writes:
        return ()
    if "shard" in settings.given or settings.deploy.prune != "false":  # a shard is not split again, and pruning takes the whole environment
        return (Shard(*settings.selection.shard, plan.hash),)
    return sharding.split_plan(plan, settings.limits.shards)
