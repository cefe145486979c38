"""The steps of a run that its modes share: read, connect, prepare a plan, apply it. Each takes values and gives values."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from deployer.apply import executor as applying
from deployer.apply import quota, recovery, run_queue
from deployer.apply.backup import save_definition
from deployer.github.event import releases
from deployer.lint.linter import lint_for_deploy
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import FAILED, USAGE, has_errors
from deployer.model.failure import Failure
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.pipeline import prune
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project, read_project
from deployer.planning import keys, reconcile, renames, sharding, target_conflicts
from deployer.platforms.connections import Connections
from deployer.platforms.write_context import WriteContext
from deployer.render.plain_text import one_line
from deployer.render.redact import redacted
from deployer.state.base import EnvironmentState, WorkflowRecord

Moved = Mapping[str, tuple[str, WorkflowRecord]]  # by new name, the old one and its records


@contextmanager
def attach_report_on_error(report: Report) -> Iterator[None]:
    """A refusal in here keeps what is known already: the findings, the environment."""
    try:
        yield
    except FlowshipError as error:
        raise Aborted(report, error) from error


class Aborted(Exception):  # noqa: N818 - not an error of its own: what was known when one came
    """A refusal after something was found out: the report so far goes out with it."""

    def __init__(self, report: Report, error: FlowshipError) -> None:
        super().__init__(error.message)
        self.report = report
        self.error = error


def wants_release(context: RunContext) -> bool:
    """Does the release policy ask for one in this run?"""
    policy = context.settings.deploy.release
    return policy in ("always", "force") or (policy == "on-tag" and releases(context.event, context.settings.deploy.tags))


def read(context: RunContext, report: Report) -> tuple[Project, Report]:
    """The project, and the report so far; its exit code is set when lint found an error, and then nothing may be written."""
    project = read_project(context.root, context.settings)
    findings = lint_for_deploy(context.root, project.sources, project.findings, project.manifest)
    notices = (*report.notices, *project.notices)
    report = replace(report, environment=project.environment, findings=findings, notices=notices, release=wants_release(context))
    return project, replace(report, exit_code=USAGE if project.broken else FAILED if has_errors(findings) else 0)


def connect(context: RunContext, project: Project) -> Connections:
    settings = context.settings
    clients = Connections(settings, lambda workflow: keys.key_of(settings, project.environment, workflow), context.clock, context.redactor)
    clients.connect(project.workflows)
    every = [(environment, workflow, keys.key_of(settings, environment, workflow)) for environment, workflow in project.pairs()]
    keys.refuse_shared_targets({(environment, workflow.name): clients.host(workflow) for environment, workflow, _ in every}, every)
    return clients


def policy_of(context: RunContext, project: Project) -> Policy:
    return Policy(
        environment=project.environment,
        is_default_environment=project.environment == project.environments[0],
        release=wants_release(context),
        force=context.settings.deploy.release == "force",
        on_drift=context.settings.deploy.on_drift,
        commit=context.commit.sha,
        is_ancestor=context.is_ancestor,
    )


def planned(report: Report, plan: Plan, clients: Connections) -> Report:
    outcomes = tuple(applying.planned(change) for change in plan)
    return replace(
        report,
        plan_hash=plan.hash,
        outcomes=outcomes,
        notices=(*report.notices, *plan.notices, *quota.forecast(plan.changes, clients, clients.clock)),
        requests=clients.requests(),
        requests_needed=quota.requests_needed(plan.changes),
    )


def drift_block(plan: Plan) -> Failure | None:
    """Why a whole plan may not be applied: drift under `on-drift: fail`."""
    drifted = [change.workflow.name for change in plan if change.action == "fail" and getattr(change, "code", "") == "DRIFT"]
    return Failure("DRIFT", f"Nothing was written: {', '.join(drifted)} changed on the platform.", "See that workflow's line.") if drifted else None


def _context(context: RunContext, clients: Connections, policy: Policy, refused: Mapping[str, Failure]) -> WriteContext:
    return WriteContext(
        connections=clients,
        state=context.services.state,
        clock=context.clock,
        policy=policy,
        run=context.run,
        message=context.commit.subject,
        redact=context.redactor,
        save=lambda change, body: save_definition(context.root, context.settings.outputs.report, change.workflow, body),
        refused=refused,
    )


def shard_plan(context: RunContext, plan: Plan) -> tuple[Shard, ...]:
    """The shards to deploy a plan in. None when there is nothing to do, or when drift forbids all of it: a shard sees its own part only."""
    settings = context.settings
    if drift_block(plan) or not plan.writes:
        return ()
    if "shard" in settings.given or settings.deploy.prune != "false":  # a shard is not parted, and only who sees all can prune
        return (Shard(*settings.selection.shard, plan.hash),)
    return sharding.parted(plan, settings.limits.shards)


class PreparedPlan(NamedTuple):
    """Everything decided, nothing written; `report` shows the plan. `moved`: what the state has yet to learn, by
    new name the old one and its records. `again` decides anew, after another run wrote; None where that must not be. `state`: what the state
    knew. `refused`: workflows, by name, of which nothing is written although the plan says so, and why."""

    plan: Plan
    clients: Connections
    policy: Policy
    report: Report
    renames: Mapping[str, tuple[str, WorkflowRecord]] = {}
    replan: Callable[[], Plan] | None = None
    state: EnvironmentState = EnvironmentState()
    blocked: Mapping[str, Failure] = {}


def prepare(context: RunContext, project: Project, report: Report, clients: Connections | None = None) -> PreparedPlan:
    """Observe and plan; anew with the `clients` of the first time. Raises Stopped, with the plan, when another plan was asked for."""
    anew, clients = clients is not None, clients or connect(context, project)
    policy = policy_of(context, project)
    state, moved = load_state(context, project, clients)
    state = state.without(context.run) if anew else state
    deletions = prune.deletions(context, project, state, clients, policy)
    observed = observe(context, project, Observer(clients, state, policy))
    plan = reconcile.plan(project.workflows, observed, state, hosts(project, clients), policy)
    changes = sorted((*plan.changes, *deletions), key=lambda change: change.workflow.name)
    plan = replace(plan, changes=tuple(changes), notices=(*plan.notices, *prune.notices(context)))
    _refuse_elsewhere(context, project, plan, hosts(project, clients))
    plan = detailed(context, plan, state, hosts(project, clients), policy, clients)
    again = lambda: prepare(context, project, report, clients).plan  # noqa: E731
    return require_approved(context, state, PreparedPlan(plan, clients, policy, planned(report, plan, clients), moved, again, state))


def _refuse_elsewhere(context: RunContext, project: Project, plan: Plan, hosts: Mapping[str, str]) -> None:
    """Raises UsageError where the plan writes to what another environment has. One read of the state for each of them, and none where nothing
    that is there already is written."""
    if any(change.target for change in plan.writes):
        states = {each: context.services.state.read(each) for each in project.environments if each != project.environment}
        target_conflicts.refuse(plan, hosts, target_conflicts.targets(project.pairs(), states))


def detailed(context: RunContext, plan: Plan, state: EnvironmentState, hosts: Mapping[str, str], policy: Policy, clients: Connections) -> Plan:
    """With what changes inside each workflow."""
    from deployer.pipeline import plan_details

    return plan_details.detailed(context, plan, state, hosts, policy, clients)


def load_state(context: RunContext, project: Project, clients: Connections) -> tuple[EnvironmentState, Moved]:
    """What the state knows, with workflows that were renamed under their new names; and those, which it has yet to learn."""
    state = context.services.state.read(project.environment)
    if not project.manifest:
        return state, {}
    found = renames.renames(state, project.workflows, project.names(), hosts(project, clients))
    said = tuple(f"{new} was {old} before: its records are taken over." for new, old in sorted(found.items()))
    return replace(renames.taken_over(state, found), notices=(*state.notices, *said)), {new: (old, state.of(old)) for new, old in found.items()}


def _record_renames(context: RunContext, environment: str, moved: Moved) -> None:
    """Under the new name first: cut off in between, both are there, and the target still has an owner."""
    for new, (old, recorded) in sorted(moved.items()):
        if recorded.draft:
            context.services.state.record(environment, context.run, new, draft=recorded.draft)
        for entry in recorded.releases:
            context.services.state.record(environment, context.run, new, live=entry)
        context.services.state.remove(environment, context.run, old)


def observe(context: RunContext, project: Project, observer: Observer) -> dict[str, Observed]:
    return observer.all(project.workflows, context.settings.limits.concurrency, context.clock)


def hosts(project: Project, clients: Connections) -> dict[str, str]:
    """The base URL by workflow name."""
    return {workflow.name: clients.host(workflow) for workflow in project.workflows}


def require_approved(context: RunContext, state: EnvironmentState, prepared: PreparedPlan) -> PreparedPlan:
    """The same. Raises Stopped, with the plan, when another plan was asked for."""
    wanted = context.settings.deploy.plan_hash
    if wanted and not reconcile.is_approved(prepared.plan, wanted, state):
        raise Aborted(prepared.report, _another_plan(wanted, prepared.plan))
    return prepared


def _another_plan(wanted: str, plan: Plan) -> UsageError:
    return UsageError(
        f"The plan has changed: `plan-hash` is {wanted}, the plan is now {plan.hash}. Nothing was written.",
        fix="Look at the new plan, and approve it with its hash. With another `release`, or other keys, a plan is another plan.",
        code="plan-changed",
    )


def apply(context: RunContext, project: Project, prepared: PreparedPlan) -> Report:
    refusal = drift_block(prepared.plan)
    if refusal:
        return replace(prepared.report, outcomes=tuple(applying.not_applied(change, refusal) for change in prepared.plan))
    flushed: tuple[str, ...] = ()
    try:
        _record_renames(context, project.environment, prepared.renames)
        said = _record_unrecorded_writes(context, prepared)
        write_context = _context(context, prepared.clients, prepared.policy, prepared.blocked)
        ready = run_queue.ready(prepared.plan, write_context, prepared.replan, context.console.line)
        refusal = drift_block(ready.plan)
        outcomes = run_queue.refused(ready, write_context, refusal) if refusal else _execute_with_deployment(context, ready, write_context)
    finally:
        flushed = context.services.state.flush()
    notices = (*prepared.report.notices, *said, *ready.notices, *quota.left(outcomes), *flushed, *_ids_to_keep(context, project, outcomes))
    return replace(prepared.report, plan_hash=ready.plan.hash, outcomes=outcomes, requests=prepared.clients.requests(), notices=notices)


def _record_unrecorded_writes(context: RunContext, prepared: PreparedPlan) -> tuple[str, ...]:
    """What earlier runs did and could not record. A release that is gated is said where its evals are looked after."""
    ungated = [change for change in prepared.plan if change.workflow.name not in prepared.policy.gated]
    found = [
        recovery.find_unrecorded_write(change, prepared.state.of(change.workflow.name), prepared.clients.host(change.workflow)) for change in ungated
    ]
    return recovery.record_for_earlier_run(tuple(filter(None, found)), context.services.state, prepared.plan.environment, context.run)


def _execute_with_deployment(context: RunContext, ready: run_queue.ReadyPlan, write_context: WriteContext) -> tuple[Outcome, ...]:
    if ready.jobs:
        context.services.deployments.begin(ready.plan.environment)
    for line in quota.forecast(ready.plan.writes, write_context.connections, context.clock):
        context.console.line(line)
    return execute(context, ready, write_context)


def execute(context: RunContext, ready: run_queue.ReadyPlan, write_context: WriteContext) -> tuple[Outcome, ...]:
    """Every job of the plan done, with progress on the console."""
    with context.console.progress(len(ready.jobs)) as advance:
        return applying.apply(
            ready.plan,
            ready.jobs,
            write_context,
            rivals=ready.rivals,
            concurrency=context.settings.limits.concurrency,
            fail_fast=context.settings.limits.fail_fast,
            advance=lambda outcome: advance(one_line(redacted(outcome, context.redactor))),
        )


def _ids_to_keep(context: RunContext, project: Project, outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """Where the state ends with the job, only the manifest can tell the next run which workflow is ours."""
    if not context.settings.in_action or context.settings.sandbox or context.services.state.is_durable:
        return ()
    created = [outcome for outcome in outcomes if outcome.change.action == "create" and outcome.outcome == "done"]
    return tuple(
        f"{outcome.change.workflow.name} was created in {project.environment} as {outcome.target}. "
        f"Add `id: {outcome.target}` to its entry in {project.manifest_path or 'a manifest'}: on a fresh runner nothing else tells that it is ours."
        for outcome in created
    )
