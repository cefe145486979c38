"""The mode `preview`: a plan of everything, and the workflows that the pull request changes deployed to their preview targets."""

from deployer.model.report import Report
from deployer.pipeline import plan, pull_request, second_opinion
from deployer.pipeline.context import RunContext
from deployer.previews.plan import preview_changes


def run(context: RunContext, report: Report) -> Report:
    """The plan with the previews. Raises UsageError for a run that is about no pull request."""
    number = pull_request.number_of(context)
    project, report = plan.read(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        account = second_opinion.find_account(context, project)
        prepared = plan.prepare(context, project, report)
        report = second_opinion.in_plan(context, account, project, prepared.connections, prepared.report)
    with plan.attach_report_on_error(report):
        return preview_changes(context, project, report, number)
