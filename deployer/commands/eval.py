"""The mode `eval`: eval suites run against what is live now, or against the draft where nothing is. Writes nothing, but costs what runs cost."""

from collections.abc import Mapping
from dataclasses import replace

from deployer.commands import eval_record
from deployer.evals.runner import RateLimiters
from deployer.evals.suite import Suite
from deployer.model.errors import UsageError
from deployer.model.report import Report
from deployer.pipeline import plan
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import eval_history, run_suites, suite_paths, suites_of, target_of
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project
from deployer.planning import keys


def run(context: RunContext, report: Report) -> Report:
    """The results of every suite, or of the cases with a tag that was asked for. With `--from-logs` nothing runs: a suite is written."""
    if context.settings.evals.policy == "off":
        raise UsageError("The mode is `eval`, and `evals` is `off`.", fix="Leave `evals` out, or use `evals: gate`.")
    project, report = plan.read(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        if context.settings.evals.record == "logs":
            return _record_logs(context, project, report)
        suites = _tagged(suites_of(context, project), context.settings.evals.tags)
        _require_suites(context, project, suites)
        if not suites:
            notice = "No workflow has an eval suite: nothing was run. Fix: add `evals: evals/NAME.yml` to its entry in the manifest."
            return replace(report, notices=(*report.notices, notice))
        return _run_suites(context, project, report, suites)


def _tagged(suites: Mapping[str, Suite], tags: tuple[str, ...]) -> dict[str, Suite]:
    """The suites with the cases that have one of the tags. Raises UsageError when there is no such case."""
    chosen = {name: narrowed for name, suite in suites.items() if (narrowed := suite.tagged(tags)).cases}
    if tags and not chosen:
        known = sorted({tag for suite in suites.values() for case in suite.cases for tag in case.tags})
        raise UsageError(f"No case has the tag {' or '.join(tags)}.", fix=f"Use one of: {', '.join(known)}." if known else "Leave `--tag` out.")
    return chosen


def _require_suites(context: RunContext, project: Project, suites: Mapping[str, Suite]) -> None:
    """Raises UsageError for a workflow that `only` names and that has no suite."""
    for name in context.settings.selection.only:
        if name not in suites:
            path = project.manifest_path or "a manifest"
            raise UsageError(f"{name} has no eval suite.", fix=f"Add `evals: evals/{name}.yml` to its entry in {path}.", code="no-suite")


def _run_suites(context: RunContext, project: Project, report: Report, suites: Mapping[str, Suite]) -> Report:
    project = project._replace(workflows=tuple(workflow for workflow in project.workflows if workflow.name in suites))
    connections = plan.connect(context, project)
    keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
    state = plan.load_state(context, project, connections).state
    observed = plan.observe(context, project, Observer(connections, state, plan.policy_of(context, project)))
    targets = [target_of(workflow, suites[workflow.name], observed[workflow.name], state.of(workflow.name)) for workflow in project.workflows]
    results = run_suites(context, connections, targets, context.clock, RateLimiters())
    evals = tuple(results[workflow.name].suite._replace(history=eval_history(state.of(workflow.name))) for workflow in project.workflows)
    report = replace(report, evals=evals, requests=connections.requests())
    return eval_record.record_answers(context, report, suites, results) if context.settings.evals.record else report


def _record_logs(context: RunContext, project: Project, report: Report) -> Report:
    connections = plan.connect(context, project)
    keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
    report = eval_record.record_logs(context, report, connections, project.workflows, suite_paths(project))
    return replace(report, requests=connections.requests())
