"""Eval suites of a run: the suite of each workflow, what it is run against, and running it."""

from collections.abc import Sequence
from typing import NamedTuple

from deployer.evals import runner as eval_runner
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import EvalSubject, RateLimiters, SuiteResult
from deployer.evals.suite import Suite
from deployer.evals.suite import read as read_suite
from deployer.http.clock import Clock
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.evals import EvalCase, EvalHistoryPoint, EvalSuite, SubjectName
from deployer.model.observation import Observed
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.platforms.base import Caller
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named
from deployer.state.base import WorkflowRecord
from deployer.state.run_names import shown


class EvalTarget(NamedTuple):
    """A suite to run against a workflow: its `version` where the platform keeps versions, else `target`, its id. `blocked_reason`: why it
    cannot be run, "" when it can."""

    workflow: Workflow
    suite: Suite
    version: str = ""
    target: str = ""
    about: SubjectName = "live"
    blocked_reason: str = ""


def suites_of(context: RunContext, project: Project) -> dict[str, Suite]:
    """Suites by workflow name, of workflows that have one in this environment. Raises UsageError for a suite that cannot be read."""
    paths, shown = suite_paths(project), OutputRedactor(context.redactor).text
    return {
        workflow.name: read_suite(context.root, paths[workflow.name]).renamed(shown) for workflow in project.workflows if paths.get(workflow.name)
    }


def suite_paths(project: Project) -> dict[str, str]:
    """The path of each workflow's suite in this environment, "" where it has none."""
    paths = {}
    for entry in project.manifest.entries if project.manifest else ():
        own = entry.environments.get(project.environment)
        paths[entry.name] = (own.evals if own else "") or entry.evals
    return paths


def target_of(workflow: Workflow, suite: Suite, observed: Observed, record: WorkflowRecord) -> EvalTarget:
    """The suite against the live version, else the draft."""
    if observed.failure:
        return EvalTarget(workflow, suite, blocked_reason=observed.failure.message)
    if not observed.exists:
        return EvalTarget(workflow, suite, blocked_reason=f"{workflow.name} is not on the platform.")
    if not observed.readable:
        return EvalTarget(workflow, suite, record.live.version if record.live else "", record.live.target if record.live else "")
    if not platform_named(workflow.platform).capabilities.versions:
        return EvalTarget(workflow, suite, target=observed.id)
    version = observed.live or observed.draft
    if version is None:
        return EvalTarget(workflow, suite, blocked_reason="there is no version yet")
    return EvalTarget(workflow, suite, version.version, about="live" if observed.live else "draft")


def run_suites(
    context: RunContext, connections: Connections, targets: Sequence[EvalTarget], clock: Clock, rate_limiters: RateLimiters
) -> dict[str, SuiteResult]:
    """Run suites, with progress; results by workflow. A suite that cannot be run has not passed."""
    subjects: list[EvalSubject] = []
    failures: dict[str, SuiteResult] = {}
    for target in targets:
        try:
            subjects.append(_subject(context, connections, target))
        except FlowshipError as error:
            failures[target.workflow.name] = SuiteResult(_not_run(context, target, error), {})
    total = sum(case.repeat for subject in subjects for case in subject.suite.cases if not case.skip)
    if total:
        redactor, concurrency = OutputRedactor(context.redactor), context.settings.limits.concurrency
        with context.console.progress(total) as advance:
            results = eval_runner.run(
                subjects, clock, concurrency=concurrency, redactor=redactor, rate_limiters=rate_limiters, advance=lambda line: advance(lambda: line)
            )
    else:
        results = eval_runner.run(subjects, clock, concurrency=1, redactor=OutputRedactor(context.redactor), rate_limiters=rate_limiters)
    return failures | {result.suite.workflow: result for result in results}


def eval_history(record: WorkflowRecord) -> tuple[EvalHistoryPoint, ...]:
    """The evals of earlier releases in the state, oldest first."""
    return tuple(
        EvalHistoryPoint(evals.version or evals.commit[:7] or shown(evals.run), evals.rate, evals.seconds, evals.passed, evals.time)
        for evals in record.evals
    )


def _subject(context: RunContext, connections: Connections, target: EvalTarget) -> EvalSubject:
    """What the suite runs against. Raises FlowshipError where it cannot be run: nothing to run, an Agent, a webhook without its key."""
    workflow, suite, target_id = target.workflow, target.suite, target.target
    if target.blocked_reason:
        raise FlowshipError(target.blocked_reason)
    key = connections.key_of(workflow) or Secret("")
    return EvalSubject(
        workflow=workflow.name,
        platform=workflow.platform,
        suite=suite,
        caller=_caller(context, connections, workflow, suite, target_id),
        account=f"{workflow.platform} {connections.host(workflow)} {hash(key)}",
        version=target.version,
        evaluated=target.about,
        blocking=context.settings.evals.policy == "gate",
        share=context.settings.selection.shard[1],
        identity=None if platform_named(workflow.platform).capabilities.versions else lambda: connections.target(workflow).revision(target_id),
        keeps_outputs=suite.compares or bool(context.settings.evals.record),
    )


def _caller(context: RunContext, connections: Connections, workflow: Workflow, suite: Suite, target_id: str) -> Caller:
    secret = context.settings.credentials.keys.get(suite.secret)
    try:
        caller = connections.target(workflow).caller(suite.through, target_id, secret)
    except UsageError as error:
        raise UsageError(f"{suite.path}: {error.message}", fix=error.fix) from error
    if suite.through == "webhook" and secret is None:
        raise UsageError(f"{suite.path} signs with the key {suite.secret}, which was not given.", fix=f"Add `{suite.secret}=…` to `keys`.")
    return caller


def _not_run(context: RunContext, target: EvalTarget, error: FlowshipError) -> EvalSuite:
    why = OutputRedactor(context.redactor).text(str(error))
    cases = tuple(EvalCase(case.name, case.line, "not_run", pass_rate=case.pass_rate, why=why) for case in target.suite.cases)
    return EvalSuite(
        target.workflow.name, target.workflow.platform, target.suite.path, target.about, target.version, passed=False, cases=cases,
        fail_on=target.suite.fail_on, blocking=context.settings.evals.policy == "gate",
    )  # fmt: skip
