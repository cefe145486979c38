"""The mode `plan`: what a deploy would do, and the shards that it could be done in. Writes nothing."""

from dataclasses import replace

from deployer.model.exit_codes import CHANGES
from deployer.model.report import Report
from deployer.pipeline import plan, second_opinion
from deployer.pipeline.context import RunContext
from deployer.pipeline.early_reads import EarlyReads


def run(context: RunContext, report: Report) -> Report:
    """The plan; where lint found an error, only the findings."""
    early = EarlyReads(context)
    project, report = plan.read(context, report, early.begin)
    if report.exit_code:
        early.stop()
        return report
    with plan.attach_report_on_error(report):
        account = second_opinion.find_account(context, project)
        prepared = plan.prepare(context, project, report, early=early)
        report = second_opinion.in_plan(context, account, project, prepared.connections, prepared.report)
        report = replace(report, shards=plan.shard_plan(context, prepared.plan))
        has_changes = context.settings.outputs.exit_code and prepared.plan.writes and not report.exit_code
        return replace(report, exit_code=CHANGES) if has_changes else report
