"""Eval suites of a run: which suite goes with a workflow, what it is run against, and running it."""

from collections.abc import Sequence
from typing import NamedTuple

from deployer.evals import runner as running
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


class EvalTarget(NamedTuple):
    """A suite to run against what is there of a workflow: `version` where the platform keeps versions, else `target`, its id. `blocked_reason`: why
    it cannot be run, "" when it can."""

    workflow: Workflow
    suite: Suite
    version: str = ""
    target: str = ""
    about: SubjectName = "live"
    blocked_reason: str = ""


def suites_of(context: RunContext, project: Project) -> dict[str, Suite]:
    """By workflow name, of those that name one in this environment. Raises UsageError for a suite that cannot be read."""
    paths, shown = suite_paths(project), OutputRedactor(context.redactor).text
    return {
        workflow.name: read_suite(context.root, paths[workflow.name]).renamed(shown) for workflow in project.workflows if paths.get(workflow.name)
    }


def suite_paths(project: Project) -> dict[str, str]:
    """Of each workflow's suite in this environment, "" where it names none."""
    paths = {}
    for entry in project.manifest.entries if project.manifest else ():
        own = entry.environments.get(project.environment)
        paths[entry.name] = (own.evals if own else "") or entry.evals
    return paths


def target_of(workflow: Workflow, suite: Suite, seen: Observed, recorded: WorkflowRecord) -> EvalTarget:
    """What is there now, to be checked."""
    if seen.failure:
        return EvalTarget(workflow, suite, blocked_reason=seen.failure.message)
    if not seen.exists:
        return EvalTarget(workflow, suite, blocked_reason=f"{workflow.name} is not on the platform.")
    if not seen.readable:
        return EvalTarget(workflow, suite, recorded.live.version if recorded.live else "", recorded.live.target if recorded.live else "")
    if not platform_named(workflow.platform).capabilities.versions:
        return EvalTarget(workflow, suite, target=seen.id)
    version = seen.live or seen.draft
    if version is None:
        return EvalTarget(workflow, suite, blocked_reason="there is no version yet")
    return EvalTarget(workflow, suite, version.version, about="live" if seen.live else "draft")


def run_suites(context: RunContext, clients: Connections, wanted: Sequence[EvalTarget], clock: Clock, paces: RateLimiters) -> dict[str, SuiteResult]:
    """Run suites, with progress; by workflow. One that cannot be run at all is none that passed."""
    subjects: list[EvalSubject] = []
    judged: dict[str, SuiteResult] = {}
    for each in wanted:
        try:
            subjects.append(_subject(context, clients, each))
        except FlowshipError as error:
            judged[each.workflow.name] = SuiteResult(_not_run(context, each, error), {})
    total = sum(case.repeat for each in subjects for case in each.suite.cases if not case.skip)
    if total:
        shown, concurrency = OutputRedactor(context.redactor), context.settings.limits.concurrency
        with context.console.progress(total) as advance:
            ran = running.run(subjects, clock, concurrency=concurrency, redactor=shown, rate_limiters=paces, advance=advance)
    else:
        ran = running.run(subjects, clock, concurrency=1, redactor=OutputRedactor(context.redactor), rate_limiters=paces)
    return judged | {each.suite.workflow: each for each in ran}


def eval_history(recorded: WorkflowRecord) -> tuple[EvalHistoryPoint, ...]:
    """The evals of earlier releases, oldest first, as the state knows them."""
    return tuple(
        EvalHistoryPoint(each.version or each.commit[:7] or each.run, each.rate, each.seconds, each.passed, each.time) for each in recorded.evals
    )


def _subject(context: RunContext, clients: Connections, wanted: EvalTarget) -> EvalSubject:
    """Raises FlowshipError where the suite cannot be run: nothing is there, an Agent, a webhook without its key."""
    workflow, suite, target = wanted.workflow, wanted.suite, wanted.target
    if wanted.blocked_reason:
        raise FlowshipError(wanted.blocked_reason)
    key = clients.key_of(workflow) or Secret("")
    return EvalSubject(
        workflow=workflow.name,
        platform=workflow.platform,
        suite=suite,
        caller=_caller(context, clients, workflow, suite, target),
        account=f"{workflow.platform} {clients.host(workflow)} {hash(key)}",
        version=wanted.version,
        evaluated=wanted.about,
        blocking=context.settings.evals.policy == "gate",
        share=context.settings.selection.shard[1],
        identity=None if platform_named(workflow.platform).capabilities.versions else lambda: _revision(clients, workflow, target),
    )


def _caller(context: RunContext, clients: Connections, workflow: Workflow, suite: Suite, target: str) -> Caller:
    secret = context.settings.credentials.keys.get(suite.secret)
    try:
        caller = clients.target(workflow).caller(suite.through, target, secret)
    except UsageError as error:
        raise UsageError(f"{suite.path}: {error.message}", fix=error.fix) from error
    if suite.through == "webhook" and secret is None:
        raise UsageError(f"{suite.path} signs with the key {suite.secret}, which was not given.", fix=f"Add `{suite.secret}=…` to `keys`.")
    return caller


def _revision(clients: Connections, workflow: Workflow, target: str) -> str:
    """When the definition was written last: it tells whether it changed while its suite ran."""
    return str((clients.target(workflow).export(target) or {}).get("updated_at") or "")


def _not_run(context: RunContext, wanted: EvalTarget, error: FlowshipError) -> EvalSuite:
    why = OutputRedactor(context.redactor).text(str(error))
    cases = tuple(EvalCase(case.name, case.line, "not_run", pass_rate=case.pass_rate, why=why) for case in wanted.suite.cases)
    return EvalSuite(
        wanted.workflow.name, wanted.workflow.platform, wanted.suite.path, wanted.about, wanted.version, passed=False, cases=cases,
        fail_on=wanted.suite.fail_on, blocking=context.settings.evals.policy == "gate",
    )  # fmt: skip
