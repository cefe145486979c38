"""The platforms' own checks, as a second opinion on definitions in which lint found no error. They write nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.http.executor import BoundedExecutor, Unfinished
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.failure import Failure
from deployer.model.finding import Finding, in_order
from deployer.model.report import DoctorRow, Report
from deployer.model.text import count, first_names
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.planning import keys
from deployer.platforms.connections import Connections
from deployer.platforms.precheck import Precheck, PrecheckAccount, Verdict
from deployer.platforms.registry import platform_named

RULE = "precheck"
MAX_FAILURES = 3  # calls without a verdict; then no other is begun
NO_TIME = Failure("TIME_LIMIT", "The time limit was reached, or the run was stopped.", "Raise `timeout`.")
NOT_ASKED = Failure("NOT_ASKED", f"After {MAX_FAILURES} calls without a verdict no other was begun.", "See the reason of those, and run it again.")
FIX = "Correct the file, or export it again from the console: an import would be refused too."


class Question(NamedTuple):
    """A workflow to ask about, and the connections of its environment."""

    workflow: Workflow
    connections: Connections

    @property
    def definition(self) -> tuple[str, str, str, str]:
        """The same for two workflows that one answer is for."""
        return self.workflow.platform, self.connections.host(self.workflow), self.workflow.source.kind, self.workflow.fingerprint


class Answers(NamedTuple):
    """`refused`: a finding for each file. `unanswered`: workflows without a verdict, by platform and reason. `answered`: verdicts by platform."""

    refused: list[Finding]
    unanswered: dict[tuple[str, Failure], list[str]]
    answered: dict[str, int]


def find_account(context: RunContext, project: Project) -> PrecheckAccount | None:
    """Who asks; None where nothing is asked: `precheck` is false, no platform of the project has a check, or keys are not used or not given in
    this run (forks, Dependabot). Raises UsageError for a manifest or keys that lack the account."""
    check = next(filter(None, (platform_named(workflow.platform).precheck for workflow in project.workflows)), None)
    if not context.settings.precheck or check is None or context.event.fork:
        return None
    account = _account(context, project, check)
    if account:
        check.require_account_key(account)
    return account


def _account(context: RunContext, project: Project, check: Precheck) -> PrecheckAccount | None:
    entry = project.manifest.precheck if project.manifest else None
    if entry is None:
        message = f"`precheck` is true, and {project.manifest_path or 'a run without a manifest'} names no account that could ask."
        fix = "Add `precheck: {key: NAME, organisation: ID}` at the top of the manifest, or leave the input out."
        raise UsageError(message, fix=fix, code="no-precheck")
    key = check.sandbox_key if context.settings.sandbox else context.settings.credentials.keys.get(entry.key)
    if key is None and not context.event.dependabot:
        message = f"No key for `precheck`: {project.manifest_path} names the key {entry.key}, which was not given."
        fix = keys.add_keys((entry.key,))
        raise UsageError(message + keys.similar_key(entry.key, context.settings), fix=fix, code="missing-key")
    return PrecheckAccount(entry.key, key, entry.organisation) if key else None


def in_plan(context: RunContext, account: PrecheckAccount | None, project: Project, connections: Connections, report: Report) -> Report:
    """The report with a finding for each file that its platform would refuse, and a notice where no verdict could be had."""
    if account is None:
        return replace(report, notices=(*report.notices, *_not_asked(context, project)))
    answers = ask(context, account, [Question(workflow, connections) for workflow in project.workflows])
    notices = [_unanswered_notice(platform, failure, names) for (platform, failure), names in answers.unanswered.items()]
    findings = in_order((*report.findings, *answers.refused))
    return replace(report, findings=findings, notices=(*report.notices, *notices), requests=connections.requests())


def in_doctor(context: RunContext, account: PrecheckAccount | None, project: Project, questions: Sequence[Question], report: Report) -> Report:
    """The same, and a row for the account's key, which is not ready where no verdict could be had."""
    if account is None:
        return replace(report, notices=(*report.notices, *_not_asked(context, project)))
    answers = ask(context, account, questions)
    rows = []
    for platform in dict.fromkeys((*answers.answered, *(platform for platform, _ in answers.unanswered))):
        facts = (f"the platform's own check answered for {count(answers.answered.get(platform, 0), 'definition')}",)
        failure = next((failure for name, failure in answers.unanswered if name == platform), None)
        rows.append(DoctorRow(f"{account.key_name} (precheck)", report.environment, platform, failure is None, "", facts, failure))
    return replace(report, findings=in_order((*report.findings, *answers.refused)), doctor=(*report.doctor, *rows))


def ask(context: RunContext, account: PrecheckAccount, questions: Sequence[Question]) -> Answers:
    """Asks once for each definition that would be sent, where its platform has a check."""
    groups: dict[tuple[str, str, str, str], list[Question]] = {}
    for question in questions:
        if platform_named(question.workflow.platform).precheck:
            groups.setdefault(question.definition, []).append(question)
    answers = Answers([], {}, {})
    for same, result in zip(groups.values(), _results(context, account, [same[0] for same in groups.values()])):
        platform = same[0].workflow.platform
        if isinstance(result, Verdict):
            answers.answered[platform] = answers.answered.get(platform, 0) + 1
            answers.refused.extend(() if result.valid else _refusals(same, result))
        else:
            answers.unanswered.setdefault((platform, result), []).extend(question.workflow.name for question in same)
    return answers


def _results(context: RunContext, account: PrecheckAccount, questions: Sequence[Question]) -> list[Verdict | Failure]:
    """In the given order."""
    failures: list[Failure] = []

    def result(question: Question) -> Verdict | Failure:
        try:
            return question.connections.precheck(question.workflow, account)
        except FlowshipError as error:
            failures.append(Failure(error.code, error.message, error.fix))
            return failures[-1]

    executor = BoundedExecutor(result, context.clock, context.settings.limits.concurrency, lambda: len(failures) < MAX_FAILURES)
    results = dict(executor.run(questions))
    missing = NOT_ASKED if len(failures) >= MAX_FAILURES else NO_TIME
    return [missing if isinstance(row := results[index], Unfinished) else row for index in range(len(questions))]


def _refusals(same: Sequence[Question], verdict: Verdict) -> list[Finding]:
    """One for each file; several workflows may share it."""
    title = platform_named(same[0].workflow.platform).title
    names: dict[str, dict[str, None]] = {}
    for question in same:
        names.setdefault(question.workflow.path, {})[question.workflow.name] = None
    return [
        Finding(RULE, "error", f"{title} would refuse to import {first_names(list(of))}, by its own check: {verdict.reason}", FIX, path)
        for path, of in names.items()
    ]


def _not_asked(context: RunContext, project: Project) -> tuple[str, ...]:
    """A notice where `precheck` is true and keys are not used in this run."""
    has_check = any(platform_named(workflow.platform).precheck for workflow in project.workflows)
    if not (context.settings.precheck and has_check):
        return ()
    return ("`precheck` was not asked: a run for a fork's or Dependabot's pull request has no keys.",)


def _unanswered_notice(platform: str, failure: Failure, names: Sequence[str]) -> str:
    code = f" [{failure.code}]" if failure.code else ""
    why = f"{failure.message.rstrip('.')}{code}. Fix: {failure.fix}"
    return f"`precheck`: {platform_named(platform).title} gave no verdict on {first_names(names)}; the plan does not depend on it. {why}"
