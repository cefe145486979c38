"""From settings to an exit code: the mode is chosen, its command run, and its report published."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from typing import NamedTuple

from deployer.cli.signals import Overdue, StopDeadline, StopSignals
from deployer.config.reader import read, secrets_in
from deployer.config.settings import Credentials, Settings
from deployer.config.spelling import Spelling
from deployer.formats.places import resolve_places
from deployer.github import event as events
from deployer.http.clock import Clock
from deployer.model.console import Console
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.exit_codes import FAILED, UNKNOWN, exit_code
from deployer.model.failure import Failure
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.pipeline import checkout, event_facts, project, pull_request, services
from deployer.pipeline.context import RunContext, commit_of, name_run, run_url
from deployer.pipeline.plan import Aborted
from deployer.pipeline.services import Services
from deployer.platforms.registry import require_known_addresses
from deployer.publish.github_deployments import GithubDeployments
from deployer.publish.results import console_for, guarded, publish
from deployer.publish.terminal import TextConsole, open_prompt


class Command(NamedTuple):
    """One mode. `module`, imported late, holds `run(context, report) -> Report`; "" does nothing. `dry_mode` is the mode to run under `dry-run`,
    "" where that is refused. `reads_checkout`: it reads files of a pull request, whose author may not use keys."""

    module: str
    dry_mode: str
    reads_checkout: bool = True


COMMANDS: dict[str, Command] = {
    "lint": Command("deployer.commands.lint", "lint"),
    "plan": Command("deployer.commands.plan", "plan"),
    "deploy": Command("deployer.commands.deploy", "plan"),
    "preview": Command("deployer.commands.preview", ""),
    "cleanup": Command("deployer.commands.cleanup", "", reads_checkout=False),
    "rollback": Command("deployer.commands.rollback", "rollback"),
    "adopt": Command("deployer.commands.adopt.command", "adopt"),
    "drift": Command("deployer.commands.drift", "drift"),
    "eval": Command("deployer.commands.eval", "eval"),
    "doctor": Command("deployer.commands.doctor", "doctor"),
    "show": Command("deployer.commands.show", "show"),
    "report": Command("deployer.commands.report", "report"),
    "nothing": Command("", "nothing", reads_checkout=False),  # what `auto` means for a deleted branch or tag
}
PRECHECKED = ("plan", "preview", "doctor")  # the modes in which the platforms' own checks are asked
ACTIVITIES = {"plan": "Planning", "deploy": "Deploying", "rollback": "Rolling back", "doctor": "Asking the platforms", "eval": "Running evals"}
READING = ("lint", "plan", "drift", "eval", "doctor", "report", "show")  # the modes that change nothing anywhere


def start(settings: Settings, environ: Mapping[str, str], signals: StopSignals | None = None) -> int:
    """Run the command and publish its report; returns the exit code. A signal stops the clock: nothing new is written from then on."""
    redactor = Redactor(settings.secrets)
    console = console_for(settings, environ, redactor)
    try:
        context = make_context(settings, environ, console, redactor)
    except UsageError as error:
        if not settings.in_action:
            raise Spelling(variables=settings.variables).error(error) from None
        return publish_refusal(error, {**environ, "GITHUB_EVENT_PATH": ""})
    deadline = StopDeadline()

    def stop() -> None:
        context.clock.stop()
        deadline.arm()

    if signals:
        signals.call(stop)
    with guarded(console):
        try:
            report = run(context)
            deadline.lift()
        except Overdue:
            report = _overdue(context)
        publish(report, context)
    return report.exit_code


def _overdue(context: RunContext) -> Report:
    """The report of a run that was stopped and could not end by itself. What it wrote is in the state, as far as that could be recorded."""
    message = "The run was stopped, and a reply that it waited for did not come in time. What it had done by then is not in this report."
    problem = Failure("STOPPED", message, "Run it again: it looks first, and writes only what is missing.")
    code = FAILED if context.settings.mode in READING else UNKNOWN
    return Report(mode=context.settings.mode, commit=context.commit.sha, problem=problem, exit_code=code)


def publish_refusal(error: UsageError, environ: Mapping[str, str]) -> int:
    """In the action, inputs that cannot be read are reported like any other failure, so that outputs are set on every run; returns the exit code."""
    hidden = secrets_in(environ)
    keys = {str(number): secret for number, secret in enumerate(hidden)}
    settings = read({}, {})._replace(in_action=True, credentials=Credentials(keys, None))
    redactor = Redactor(hidden)
    context = make_context(settings, environ, console_for(settings, environ, redactor), redactor)
    publish(_failed(Report(mode=settings.mode), error, context), context)
    return error.exit_code


def run(context: RunContext) -> Report:
    """The report of the command, also where it was refused or failed; only a bug raises."""
    report = Report(mode=context.settings.mode, notices=context.settings.notices, notes=context.settings.outputs.notes)
    try:
        event_facts.refuse_another_number(context)
        context = event_facts.with_default_branch(context)
        checkout.require_folder(context)
        mode = choose_mode(context)
        _refuse_inputs_of_other_modes(context, mode)
        require_known_addresses(context.settings)
        if mode == "cleanup" or (mode == "preview" and context.event.pull_request):
            pull_request.require_repository(context)
        context = event_facts.with_pull_request(context)
        if COMMANDS[mode].reads_checkout:
            pull_request.refuse_strangers_with_keys(context)
            context = pull_request.without_keys_of_strangers(context)
        mode = _dry_mode(mode) if context.settings.deploy.dry_run else mode
        report = replace(report, notices=(*report.notices, *_unused_precheck(context, mode)))
        shard = "/".join(map(str, context.settings.selection.shard)) if "shard" in context.settings.given else ""
        owner, approved = context.services.owner, context.settings.deploy.plan_hash
        report = replace(report, mode=mode, commit=context.commit.sha, shard=shard, approved=approved, project=owner.project)
        if context.clock.stopped:
            raise FlowshipError("The run was stopped by a signal before it began. Nothing was sent.", fix="Run it again.", code="STOPPED")
        module = COMMANDS[mode].module
        with context.console.activity(ACTIVITIES.get(mode, "Working")):
            return _finish(import_module(module).run(context, report) if module else report, context)
    except Aborted as aborted:
        return _finish(_failed(aborted.report, aborted.error, context), context)
    except FlowshipError as error:
        return _finish(_failed(report, error, context), context)


def make_context(settings: Settings, environ: Mapping[str, str], console: Console, redactor: Redactor) -> RunContext:
    """The run as settings and environment describe it, with its services. Paths in its settings are relative to the repository's top."""
    selection, workspace = settings.selection, environ.get("GITHUB_WORKSPACE", "")
    current = workspace or os.getcwd() if settings.in_action else os.getcwd()
    places = resolve_places(selection.root, selection.manifest, current=current, workspace=workspace)
    clock, event = Clock(settings.limits.timeout), event_facts.numbered(events.read(environ), settings.github.pull_request)
    commit = commit_of(event, places.folder, settings.deploy.message, partial(services.has_commit, settings, clock))
    open_github = cache(lambda: services.connect_github(settings, clock, commit.sha, event.default_branch))
    find_owner = cache(lambda: project.find_owner(places.top, checkout.settings_from_top(settings, places)))
    open_state = cache(lambda: services.open_state(settings, places.top, clock, commit.sha, open_github(), find_owner, redactor))
    deployments = GithubDeployments(settings, clock, event, commit, open_github, run_url(event))
    if settings.mode not in ("lint", "report"):
        places = checkout.confirmed(places, selection.manifest, commit.sha, open_github)
    return RunContext(
        checkout.settings_from_top(settings, places), places.top, clock, console, event, redactor, name_run(environ, settings), commit,
        Services(open_github, open_state, deployments, find_owner), places,
        open_prompt(console, environ) if isinstance(console, TextConsole) else None,
    )  # fmt: skip


def choose_mode(context: RunContext) -> str:
    """The mode that was asked for; for `auto`, the one that the event means."""
    if context.settings.mode != "auto":
        return context.settings.mode
    mode, reason = events.mode_for(context.event, context.settings.deploy.tags)
    context.console.line(f"auto: {mode}, because {reason}.")
    return mode


def _refuse_inputs_of_other_modes(context: RunContext, mode: str) -> None:
    """Raises UsageError for a `to` or `key-name` of another mode: ignoring a `to` would deploy what is checked out."""
    settings = context.settings
    for name, value, its_mode in (("to", settings.deploy.to, "rollback"), ("key-name", settings.adopt.key_name, "adopt")):
        if value and mode != its_mode:
            raise UsageError(f"`{name}` is for the mode `{its_mode}`; the mode is `{mode}`.", fix=f"Leave it out, or use `mode: {its_mode}`.")


def _unused_precheck(context: RunContext, mode: str) -> tuple[str, ...]:
    """A notice where `precheck` is given for a mode that does not ask; `auto` asks where it plans."""
    is_unused = context.settings.precheck and mode not in PRECHECKED and context.settings.mode != "auto"
    return (f"`precheck` does nothing in the mode `{mode}`: it is for {', '.join(f'`{name}`' for name in PRECHECKED)}.",) if is_unused else ()


def _dry_mode(mode: str) -> str:
    """The mode under `dry-run`: a deploy becomes a plan. Raises UsageError for a mode that would write all the same."""
    if not COMMANDS[mode].dry_mode:
        raise UsageError(f"`dry-run` is for deploy, rollback and adopt; the mode is `{mode}`.", fix="Leave it out, or use `mode: plan`.")
    return COMMANDS[mode].dry_mode


def _failed(report: Report, error: FlowshipError, context: RunContext) -> Report:
    problem = Failure(error.code, context.redactor(error.message), context.redactor(error.fix))
    return replace(report, problem=problem, exit_code=error.exit_code)


def _finish(report: Report, context: RunContext) -> Report:
    seconds = report.seconds or round(context.settings.limits.timeout - context.clock.remaining, 2)
    return replace(report, exit_code=exit_code(report), seconds=seconds)
