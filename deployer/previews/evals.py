"""The evals of previews. A failure fails the step, unless the platform dropped something from the preview: then it is only reported."""

from dataclasses import replace

from deployer.evals.runner import RateLimiters
from deployer.evals.suite import Suite
from deployer.model.evals import SubjectName
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import EvalTarget, eval_history, run_suites, suites_of
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named
from deployer.render import summary

REDUCED = "The preview lacks what belongs to another workflow (knowledge bases, tables), so its evals decide nothing."
NOT_LIVE = "the preview could not be released, and only what is live can be run"


def evaluate_previews(context: RunContext, project: Project, connections: Connections, report: Report) -> Report:
    """The report with the evals of its previews. Suites come from the pull request, as definitions do."""
    suites = suites_of(context, project) if context.settings.evals.policy != "off" and not context.settings.sandbox else {}
    previewed = {
        outcome.change.workflow.name: outcome
        for outcome in report.outcomes
        if outcome.change.preview and outcome.outcome == "done" and not outcome.change.preview.ended and outcome.change.workflow.name in suites
    }
    if not previewed:
        return report
    subjects = [eval_target(outcome, suites[name], "preview") for name, outcome in sorted(previewed.items())]
    results = run_suites(context, connections, subjects, context.clock, RateLimiters())
    state = context.services.state.read(project.environment)
    evals = []
    for name, outcome in sorted(previewed.items()):
        suite = results[name].suite._replace(history=eval_history(state.of(name)))
        evals.append(suite._replace(blocking=False, notes=(*suite.notes, REDUCED)) if summary.preview_limitations(outcome) else suite)
    return replace(report, evals=tuple(evals), requests=connections.requests())


def eval_target(outcome: Outcome, suite: Suite, about: SubjectName) -> EvalTarget:
    """What to run against a preview that was written: in a pool, in the slot it got, which may be another than was planned."""
    change = outcome.change
    workflow = platform_named(change.workflow.platform).previews.located(change.workflow, summary.preview_location(outcome))
    blocked_reason = "" if outcome.live or change.live else NOT_LIVE
    return EvalTarget(workflow, suite, outcome.version or change.version or "", outcome.target or change.target, about, blocked_reason)
