"""The story of a run: read, lint, observe, plan, apply, report. Each step takes values and gives values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from deployer.domain.finding import in_order
from deployer.domain.outcome import Outcome, Problem
from deployer.domain.plan import Plan
from deployer.domain.report import Report
from deployer.domain.secret import Redactor
from deployer.errors import FlowshipError, UsageError
from deployer.exit_codes import FAILED, USAGE, exit_code, has_errors
from deployer.github.event import mode_for, releases
from deployer.linting import lint, stopping
from deployer.planner import apply as applying
from deployer.planner import diff, doctor, keys
from deployer.planner.clients import Clients
from deployer.planner.observe import Observer
from deployer.planner.policy import Policy
from deployer.planner.writing import Context
from deployer.publish import console_for, guarded, publish, save_definition
from deployer.reading import Project, read_project
from deployer.report.console import one_line
from deployer.report.redact import redacted_outcome
from deployer.settings import Settings, read, secrets_in
from deployer.source import discovery
from deployer.world import World, make, stopped_by_signals

NOTHING = "nothing"  # what `auto` means for a deleted branch or tag
LATER_MODES = {"preview": "plan", "drift": "plan", "cleanup": NOTHING}


def start(settings: Settings, environ: Mapping[str, str]) -> int:
    """Run, and say what came of it everywhere it should be said. Returns the exit code."""
    console = console_for(settings, environ)
    world = make(settings, environ, console, Redactor(settings.secrets))
    with guarded(console), stopped_by_signals(world.clock):
        report = run(world)
        publish(report, world)
    return report.exit_code


def refuse(error: UsageError, environ: Mapping[str, str]) -> int:
    """In the action, a request whose inputs could not even be read is reported like any other: outputs are set on every run."""
    hidden = secrets_in(environ)
    settings = read({}, {})._replace(in_action=True, keys={str(number): secret for number, secret in enumerate(hidden)})
    console = console_for(settings, environ)
    problem = Problem(error.code, error.message, error.cure)
    publish(Report(mode=settings.mode, problem=problem, exit_code=error.exit_code), make(settings, environ, console, Redactor(hidden)))
    return error.exit_code


def run(world: World) -> Report:
    """One report, whatever happens to the request; only a bug escapes."""
    report = Report(mode=world.settings.mode)
    try:
        mode, notices = choose_mode(world)
        report = Report(mode=mode, commit=world.commit.sha, notices=notices)
        return _finish(_MODES[mode](world, report), world)
    except Stopped as stopped:
        return _finish(_stopped(stopped.report, stopped.error, world), world)
    except FlowshipError as error:
        return _finish(_stopped(report, error, world), world)


@contextmanager
def keeping(report: Report) -> Iterator[None]:
    """A refusal in here keeps what is known already: the findings, the environment."""
    try:
        yield
    except FlowshipError as error:
        raise Stopped(report, error) from error


class Stopped(Exception):  # noqa: N818 - not an error of its own: what was known when one came
    """A refusal after something was found out: the report so far goes out with it."""

    def __init__(self, report: Report, error: FlowshipError) -> None:
        super().__init__(error.message)
        self.report = report
        self.error = error


def _stopped(report: Report, error: FlowshipError, world: World) -> Report:
    problem = Problem(error.code, world.redactor(error.message), world.redactor(error.cure))
    return replace(report, problem=problem, exit_code=error.exit_code)


def choose_mode(world: World) -> tuple[str, tuple[str, ...]]:
    """The mode, and what to tell when it is not the one that was meant: modes of a later version give way to a harmless one."""
    if world.settings.mode != "auto":
        return world.settings.mode, ()
    mode, why = mode_for(world.event, world.settings.tags)
    world.console.line(f"auto: {mode}, because {why}.")
    if mode not in LATER_MODES:
        return mode, ()
    instead = LATER_MODES[mode]
    outcome = f"this run does `{instead}` instead" if instead != NOTHING else "this run does nothing"
    return instead, (f"`{mode}` is not available in this version: {outcome}.",)


def wants_release(world: World) -> bool:
    """Does the release policy ask for one in this run?"""
    policy = world.settings.release
    return policy in ("always", "force") or (policy == "on-tag" and releases(world.event, world.settings.tags))


def _lint(world: World, report: Report) -> Report:
    files = [path for pattern in world.settings.files for path in discovery.matching(world.root, pattern)]
    return replace(report, findings=lint(world.root, tuple(files), world.settings.manifest))


def _nothing(_world: World, report: Report) -> Report:
    return report


def _plan(world: World, report: Report) -> Report:
    project, report = _read(world, report)
    if report.exit_code:
        return report
    with keeping(report):
        return _prepare(world, project, report).report


def _deploy(world: World, report: Report) -> Report:
    project, report = _read(world, report)
    if report.exit_code:
        return report
    with keeping(report):
        keys.require_keys(world.settings, project.manifest_path, project.environment, project.workflows)
        return _apply(world, project, _prepare(world, project, report))


class Prepared(NamedTuple):
    """Everything decided, nothing written; `report` shows the plan."""

    plan: Plan
    clients: Clients
    policy: Policy
    report: Report


def _prepare(world: World, project: Project, report: Report) -> Prepared:
    """Observe and plan. Raises Stopped, with the plan, when another plan was asked for."""
    clients, policy = _connect(world, project), _policy(world, project)
    state = world.ledger.read(project.environment)
    observed = Observer(clients, state, policy).all(project.workflows, world.settings.concurrency, world.clock)
    hosts = {workflow.name: clients.host(workflow) for workflow in project.workflows}
    plan = diff.plan(project.workflows, observed, state, hosts, policy)
    planned = _planned(report, plan, clients)
    if world.settings.plan_hash and not diff.is_approved(plan, world.settings.plan_hash, state):
        raise Stopped(planned, _another_plan(world.settings.plan_hash, plan))
    return Prepared(plan, clients, policy, planned)


def _another_plan(wanted: str, plan: Plan) -> UsageError:
    return UsageError(
        f"The plan has changed: `plan-hash` is {wanted}, the plan is now {plan.hash}. Nothing was written.",
        cure="Look at the new plan, and approve it with its hash.",
        code="plan-changed",
    )


def _apply(world: World, project: Project, prepared: Prepared) -> Report:
    refusal = _refused(prepared.plan)
    if refusal:
        return replace(prepared.report, outcomes=tuple(applying.not_applied(change, refusal) for change in prepared.plan))
    with world.console.progress(len(prepared.plan.writes)) as advance:
        outcomes = applying.apply(
            prepared.plan,
            _context(world, prepared.clients, prepared.policy),
            concurrency=world.settings.concurrency,
            fail_fast=world.settings.fail_fast,
            advance=lambda outcome: advance(one_line(redacted_outcome(outcome, world.redactor))),
        )
    notices = (*prepared.report.notices, *world.ledger.flush(), *_ids_to_keep(world, project, outcomes))
    return replace(prepared.report, outcomes=outcomes, requests=prepared.clients.requests(), notices=notices)


def _ids_to_keep(world: World, project: Project, outcomes: tuple[Outcome, ...]) -> tuple[str, ...]:
    """Where the ledger ends with the job, only the manifest can tell the next run which workflow is ours."""
    if not world.settings.in_action or world.settings.sandbox or world.ledger.lasts:
        return ()
    created = [outcome for outcome in outcomes if outcome.change.action == "create" and outcome.outcome == "done"]
    return tuple(
        f"{outcome.change.workflow.name} was created in {project.environment} as {outcome.target}. "
        f"Add `id: {outcome.target}` to its entry in {project.manifest_path or 'a manifest'}: on a fresh runner nothing else tells that it is ours."
        for outcome in created
    )


def _doctor(world: World, report: Report) -> Report:
    projects = [_part(world, name) for name in _environments(world)]
    findings = in_order([finding for project in projects for finding in project.findings])
    report = replace(report, findings=findings, environment=", ".join(project.environment for project in projects))
    if any(project.broken for project in projects):
        return replace(report, exit_code=USAGE)
    with keeping(report):
        pairs = [doctor.Pair(project.environment, workflow, _connect(world, project)) for project in projects for workflow in project.workflows]
        return replace(report, doctor=doctor.examine(pairs, world.settings.concurrency, world.clock))


def _part(world: World, environment: str) -> Project:
    """One environment, narrowed by `only` where it has those workflows: doctor looks at all environments."""
    settings = world.settings._replace(environment=environment)
    project = read_project(world.root, settings._replace(only=()))
    if not settings.only or project.broken:
        return project
    there = tuple(workflow for workflow in project.workflows if workflow.name in settings.only)
    return project._replace(workflows=there)


_MODES = {"lint": _lint, "plan": _plan, "deploy": _deploy, "doctor": _doctor, NOTHING: _nothing}


def _environments(world: World) -> tuple[str, ...]:
    project = read_project(world.root, world.settings._replace(only=()))
    return (project.environment,) if world.settings.environment else project.environments


def _read(world: World, report: Report) -> tuple[Project, Report]:
    """The project, and the report so far; its exit code is set when lint found an error, and then nothing may be written."""
    project = read_project(world.root, world.settings)
    findings = stopping(world.root, project.sources, project.findings, project.manifest)
    notices = (*report.notices, *project.notices)
    report = replace(report, environment=project.environment, findings=findings, notices=notices, release=wants_release(world))
    return project, replace(report, exit_code=USAGE if project.broken else FAILED if has_errors(findings) else 0)


def _connect(world: World, project: Project) -> Clients:
    settings = world.settings
    clients = Clients(settings, lambda workflow: keys.key_of(settings, project.environment, workflow), world.clock, world.redactor)
    clients.connect(project.workflows)
    every = [(environment, workflow, keys.key_of(settings, environment, workflow)) for environment, workflow in project.pairs()]
    keys.refuse_shared_targets({(environment, workflow.name): clients.host(workflow) for environment, workflow, _ in every}, every)
    return clients


def _policy(world: World, project: Project) -> Policy:
    return Policy(
        environment=project.environment,
        first=project.environment == project.environments[0],
        release=wants_release(world),
        force=world.settings.release == "force",
        on_drift=world.settings.on_drift,
        commit=world.commit.sha,
        is_ancestor=world.is_ancestor,
    )


def _planned(report: Report, plan: Plan, clients: Clients) -> Report:
    outcomes = tuple(applying.planned(change) for change in plan)
    return replace(
        report,
        plan_hash=plan.hash,
        outcomes=outcomes,
        notices=(*report.notices, *plan.notices),
        requests=clients.requests(),
        requests_needed=diff.requests_needed(plan.changes),
    )


def _refused(plan: Plan) -> Problem | None:
    """Why a whole plan may not be applied: drift under `on-drift: fail`."""
    drifted = [change.workflow.name for change in plan if change.action == "fail" and getattr(change, "code", "") == "DRIFT"]
    return Problem("DRIFT", f"Nothing was written: {', '.join(drifted)} changed on the platform.", "See that workflow's line.") if drifted else None


def _context(world: World, clients: Clients, policy: Policy) -> Context:
    return Context(
        clients=clients,
        ledger=world.ledger,
        clock=world.clock,
        policy=policy,
        run=world.run,
        message=world.commit.subject,
        redact=world.redactor,
        save=lambda change, body: save_definition(world.root, world.settings.report, change.workflow, body),
    )


def _finish(report: Report, world: World) -> Report:
    return replace(report, exit_code=exit_code(report), seconds=round(world.settings.timeout - world.clock.remaining, 2))
