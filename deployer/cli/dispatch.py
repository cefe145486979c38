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
from deployer.config.settings import Credentials, Settings, read, secrets_in
from deployer.formats import discover
from deployer.github import event as events
from deployer.github.event import mode_for
from deployer.http.clock import Clock
from deployer.lint.check import lint
from deployer.model.console import Console
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import USAGE, exit_code
from deployer.model.failure import Failure
from deployer.model.finding import in_order
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
    context = make(settings, environ, console, Redactor(settings.secrets))
    with guarded(console), stopped_by_signals(context.clock):
        report = run(context)
        publish(report, context)
    return report.exit_code


def refuse(error: UsageError, environ: Mapping[str, str]) -> int:
    """In the action, a request whose inputs could not even be read is reported like any other: outputs are set on every run."""
    hidden = secrets_in(environ)
    keys = {str(number): secret for number, secret in enumerate(hidden)}
    settings = read({}, {})._replace(in_action=True, credentials=Credentials(keys, None))
    console = console_for(settings, environ)
    problem = Failure(error.code, error.message, error.fix)
    publish(Report(mode=settings.mode, problem=problem, exit_code=error.exit_code), make(settings, environ, console, Redactor(hidden)))
    return error.exit_code


def run(context: RunContext) -> Report:
    """One report, whatever happens to the request; only a bug escapes."""
    report = Report(mode=context.settings.mode)
    try:
        mode = choose_mode(context)
        _refuse_to(context, mode)
        if mode not in ("cleanup", NOTHING):  # neither reads what is checked out
            pull_request.refuse_strangers_with_keys(context)
            context = pull_request.without_keys_of_strangers(context)
        mode = _dry(context, mode)
        report = Report(mode=mode, commit=context.commit.sha, shard=_shard(context.settings), approved=context.settings.deploy.plan_hash)
        return _finish(_MODES[mode](context, report), context)
    except plan.Aborted as stopped:
        return _finish(_stopped(stopped.report, stopped.error, context), context)
    except FlowshipError as error:
        return _finish(_stopped(report, error, context), context)


def make(settings: Settings, environ: Mapping[str, str], console: Console, redactor: Redactor) -> RunContext:
    """The run as settings and environment describe it, with its services."""
    root = environ.get("GITHUB_WORKSPACE") or os.getcwd() if settings.in_action else os.getcwd()
    clock, event = Clock(settings.limits.timeout), events.read(environ)
    commit = commit_of(event, root, settings.deploy.message)
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
    number, of = settings.selection.shard
    return f"{number}/{of}" if "shard" in settings.given else ""


def _stopped(report: Report, error: FlowshipError, context: RunContext) -> Report:
    problem = Failure(error.code, context.redactor(error.message), context.redactor(error.fix))
    return replace(report, problem=problem, exit_code=error.exit_code)


def _refuse_to(context: RunContext, mode: str) -> None:
    """Left alone, a `to` that means nothing here would deploy what is checked out."""
    for name, given, its_mode in (("to", context.settings.deploy.to, "rollback"), ("key-name", context.settings.adopt.key_name, "adopt")):
        if given and mode != its_mode:
            raise UsageError(f"`{name}` is for the mode `{its_mode}`, and this is `{mode}`.", fix=f"Leave it out, or say `mode: {its_mode}`.")


def _dry(context: RunContext, mode: str) -> str:
    """The mode under `dry-run`: a deploy becomes a plan. Raises UsageError for a mode that would write all the same."""
    if not context.settings.deploy.dry_run or mode in DRY or mode in HARMLESS:
        return mode
    if mode == "deploy":
        return "plan"
    raise UsageError(f"`dry-run` is for {', '.join(('deploy', *DRY))}, and this is `{mode}`.", fix="Leave it out, or say `mode: plan`.")


def choose_mode(context: RunContext) -> str:
    """The mode that was asked for; for `auto`, the one that the event means."""
    if context.settings.mode != "auto":
        return context.settings.mode
    mode, why = mode_for(context.event, context.settings.deploy.tags)
    context.console.line(f"auto: {mode}, because {why}.")
    return mode


def _lint(context: RunContext, report: Report) -> Report:
    files = [path for pattern in context.settings.selection.files for path in discover.matching(context.root, pattern)]
    return replace(report, findings=lint(context.root, tuple(files), context.settings.selection.manifest))


def _nothing(_context: RunContext, report: Report) -> Report:
    return report


def _plan(context: RunContext, report: Report) -> Report:
    project, report = plan.read(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        prepared = plan.prepare(context, project, report)
        return replace(prepared.report, shards=plan.shard_plan(context, prepared.plan))


def _drift(context: RunContext, report: Report) -> Report:
    """On a schedule the clean-up follows, whatever came of the comparison."""
    if context.settings.mode != "auto":
        return drift(context, report)
    try:
        compared = drift(context, report)
    except plan.Aborted as stopped:
        raise plan.Aborted(cleaning.after(context, stopped.report), stopped.error) from stopped
    return cleaning.after(context, compared)


def _deploy(context: RunContext, report: Report) -> Report:
    project, report = plan.read(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
        return gate.deploy(context, project, plan.prepare(context, project, report))


def _doctor(context: RunContext, report: Report) -> Report:
    projects = [_part(context, name) for name in _environments(context)]
    findings = in_order([finding for project in projects for finding in project.findings])
    report = replace(report, findings=findings, environment=", ".join(project.environment for project in projects))
    if any(project.broken for project in projects):
        return replace(report, exit_code=USAGE)
    with plan.attach_report_on_error(report):
        pairs = [
            doctor.DoctorTarget(project.environment, workflow, plan.connect(context, project))
            for project in projects
            for workflow in project.workflows
        ]
        return replace(report, doctor=doctor.examine(pairs, context.settings.limits.concurrency, context.clock))


def _part(context: RunContext, environment: str) -> Project:
    """One environment, narrowed by `only` where it has those workflows: doctor looks at all environments."""
    selection = context.settings.selection
    project = read_project(context.root, context.settings._replace(selection=selection._replace(environment=environment, only=())))
    if not selection.only or project.broken:
        return project
    return project._replace(workflows=tuple(workflow for workflow in project.workflows if workflow.name in selection.only))


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


def _environments(context: RunContext) -> tuple[str, ...]:
    selection = context.settings.selection
    project = read_project(context.root, context.settings._replace(selection=selection._replace(only=())))
    return (project.environment,) if selection.environment else project.environments


def _finish(report: Report, context: RunContext) -> Report:
    return replace(report, exit_code=exit_code(report), seconds=report.seconds or round(context.settings.limits.timeout - context.clock.remaining, 2))
