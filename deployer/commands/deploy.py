"""The mode `deploy`: plan, apply, and release behind the evals."""

from deployer.model.report import Report
from deployer.pipeline import approval, plan
from deployer.pipeline.context import RunContext
from deployer.pipeline.early_reads import EarlyReads
from deployer.planning import keys
from deployer.release import gate


def run(context: RunContext, report: Report) -> Report:
    """What was done; where lint found an error, only the findings."""
    early = EarlyReads(context)
    project, report = plan.read(context, report, early.begin)
    if report.exit_code:
        early.stop()
        return report
    with plan.attach_report_on_error(report):
        keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
        return gate.deploy(context, project, approval.ask(context, plan.prepare(context, project, report, early=early)))
