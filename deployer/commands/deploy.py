"""The mode `deploy`: plan, apply, and release behind the evals."""

from deployer.model.report import Report
from deployer.pipeline import approval, plan
from deployer.pipeline.context import RunContext
from deployer.planning import keys
from deployer.release import gate


def run(context: RunContext, report: Report) -> Report:
    """What was done; where lint found an error, only the findings."""
    project, report = plan.read(context, report)
    if report.exit_code:
        return report
    with plan.attach_report_on_error(report):
        keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
        return gate.deploy(context, project, approval.ask(context, plan.prepare(context, project, report)))
