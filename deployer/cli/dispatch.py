"""The story of a run: read, lint, observe, plan, apply, report. Each step takes values and gives values."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from deployer.commands import cleanup as cleaning
from deployer.commands import doctor
from deployer.commands.adopt.command import adopt
from deployer.commands.cleanup import cleanup
from deployer.commands.drift import drift
from deployer.commands.report import merged
from deployer.commands.rollback import rollback
from deployer.config.settings import Settings, read, secrets_in
from deployer.formats import discover
from deployer.github import event as events
from deployer.github.event import mode_for
from deployer.http.clock import Clock
from deployer.lint.check import lint
from deployer.model.console import Console
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import USAGE, exit_code
from deployer.model.finding import in_order
from deployer.model.outcome import Failure
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.pipeline import plan, pull_request, services
from deployer.pipeline.context import RunContext, commit_of, run_id, run_url, stopped_by_signals
from deployer.pipeline.eval_session import eval_command
from deployer.pipeline.project import Project, read_project
from deployer.pipeline.services import Services
from deployer.planning import keys
from deployer.previews.plan import preview
from deployer.publish.github_deployments import GithubDeployments
from deployer.publish.results import console_for, guarded, publish
from deployer.release import gate

NOTHING = "nothing"  # what `auto` means for a deleted branch or tag
DRY = ("rollback", "adopt")  # modes that know how to do nothing but show
HARMLESS = ("lint", "plan", "drift", "eval", "doctor", "report", NOTHING)


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
    problem = Failure(error.code, error.message, error.fix)
    publish(Report(mode=settings.mode, problem=problem, exit_code=error.exit_code), make(settings, environ, console, Redactor(hidden)))
    return error.exit_code


def run(world: RunContext) -> Report:
    """One report, whatever happens to the request; only a bug escapes."""
    report = Report(mode=world.settings.mode)
    try:
        mode = choose_mode(world)
        _refuse_to(world, mode)
        if mode not in ("cleanup", NOTHING):  # neither reads what is checked out
            pull_request.refuse_strangers_with_keys(world)
            world = pull_request.without_keys_of_strangers(world)
        mode = _dry(world, mode)
        report = Report(mode=mode, commit=world.commit.sha, shard=_shard(world.settings), approved=world.settings.plan_hash)
        return _finish(_MODES[mode](world, report), world)
    except plan.Aborted as stopped:
        return _finish(_stopped(stopped.report, stopped.error, world), world)
    except FlowshipError as error:
        return _finish(_stopped(report, error, world), world)


def make(settings: Settings, environ: Mapping[str, str], console: Console, redactor: Redactor) -> RunContext:
    """The run as settings and environment describe it, with its services."""
    root = environ.get("GITHUB_WORKSPACE") or os.getcwd() if settings.in_action else os.getcwd()
    clock, event = Clock(settings.timeout), events.read(environ)
    commit = commit_of(event, root, settings.message)
    open_github = cache(lambda: services.connect_github(settings, clock, commit.sha, event.default_branch))
    open_state = cache(lambda: services.open_state(settings, root, clock, commit.sha, open_github()))
    url = run_url(event)
    page = GithubDeployments(settings, clock, event, commit, open_github, url)
    return RunContext(
        settings=settings,
        root=root,
        clock=clock,
        console=console,
        event=event,
        redactor=redactor,
        run=run_id(environ),
        commit=commit,
        services=Services(open_github, open_state, page),
    )


def _shard(settings: Settings) -> str:
    number, of = settings.shard
    return f"{number}/{of}" if "shard" in settings.given else ""


def _stopped(report: Report, error: FlowshipError, world: RunContext) -> Report:
    problem = Failure(error.code, world.redactor(error.message), world.redactor(error.fix))
    return replace(report, problem=problem, exit_code=error.exit_code)


def _refuse_to(world: RunContext, mode: str) -> None:
    """Left alone, a `to` that means nothing here would deploy what is checked out."""
    for name, given, its_mode in (("to", world.settings.to, "rollback"), ("key-name", world.settings.key_name, "adopt")):
        if given and mode != its_mode:
            raise UsageError(f"`{name}` is for the mode `{its_mode}`, and this is `{mode}`.", fix=f"Leave it out, or say `mode: {its_mode}`.")


def _dry(world: RunContext, mode: str) -> str:
    """The mode under `dry-run`: a deploy becomes a plan. Raises UsageError for a mode that would write all the same."""
    if not world.settings.dry_run or mode in DRY or mode in HARMLESS:
        return mode
    if mode == "deploy":
        return "plan"
    raise UsageError(f"`dry-run` is for {', '.join(('deploy', *DRY))}, and this is `{mode}`.", fix="Leave it out, or say `mode: plan`.")


def choose_mode(world: RunContext) -> str:
    """The mode that was asked for; for `auto`, the one that the event means."""
    if world.settings.mode != "auto":
        return world.settings.mode
    mode, why = mode_for(world.event, world.settings.tags)
    world.console.line(f"auto: {mode}, because {why}.")
    return mode


def _lint(world: RunContext, report: Report) -> Report:
    files = [path for pattern in world.settings.files for path in discover.matching(world.root, pattern)]
    return replace(report, findings=lint(world.root, tuple(files), world.settings.manifest))


def _nothing(_world: RunContext, report: Report) -> Report:
    return report


def _plan(world: RunContext, report: Report) -> Report:
    project, report = plan.read(world, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        prepared = plan.prepare(world, project, report)
        return replace(prepared.report, shards=plan.shard_plan(world, prepared.plan))


def _drift(world: RunContext, report: Report) -> Report:
    """On a schedule the clean-up follows, whatever came of the comparison."""
    if world.settings.mode != "auto":
        return drift(world, report)
    try:
        compared = drift(world, report)
    except plan.Aborted as stopped:
        raise plan.Aborted(cleaning.after(world, stopped.report), stopped.error) from stopped
    return cleaning.after(world, compared)


def _deploy(world: RunContext, report: Report) -> Report:
    project, report = plan.read(world, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        keys.require_keys(world.settings, project.manifest_path, project.environment, project.workflows)
        return gate.deploy(world, project, plan.prepare(world, project, report))


def _doctor(world: RunContext, report: Report) -> Report:
    projects = [_part(world, name) for name in _environments(world)]
    findings = in_order([finding for project in projects for finding in project.findings])
    report = replace(report, findings=findings, environment=", ".join(project.environment for project in projects))
    if any(project.broken for project in projects):
        return replace(report, exit_code=USAGE)
    with plan.attach_report_on_error(report):
        pairs = [
            doctor.DoctorTarget(project.environment, workflow, plan.connect(world, project)) for project in projects for workflow in project.workflows
        ]
        return replace(report, doctor=doctor.examine(pairs, world.settings.concurrency, world.clock))


def _part(world: RunContext, environment: str) -> Project:
    """One environment, narrowed by `only` where it has those workflows: doctor looks at all environments."""
    settings = world.settings._replace(environment=environment)
    project = read_project(world.root, settings._replace(only=()))
    if not settings.only or project.broken:
        return project
    there = tuple(workflow for workflow in project.workflows if workflow.name in settings.only)
    return project._replace(workflows=there)


_MODES = {
    "lint": _lint,
    "plan": _plan,
    "deploy": _deploy,
    "preview": preview,
    "cleanup": cleanup,
    "rollback": rollback,
    "adopt": adopt,
    "drift": _drift,
    "eval": eval_command,
    "doctor": _doctor,
    "report": merged,
    NOTHING: _nothing,
}


def _environments(world: RunContext) -> tuple[str, ...]:
    project = read_project(world.root, world.settings._replace(only=()))
    return (project.environment,) if world.settings.environment else project.environments


def _finish(report: Report, world: RunContext) -> Report:
    return replace(report, exit_code=exit_code(report), seconds=report.seconds or round(world.settings.timeout - world.clock.remaining, 2))
