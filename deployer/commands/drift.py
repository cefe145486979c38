"""The mode `drift`: the platforms compared with what was last deployed. Writes nothing."""

from dataclasses import replace

from deployer.apply import executor
from deployer.commands import cleanup
from deployer.model.exit_codes import USAGE
from deployer.model.report import Report
from deployer.pipeline import plan as steps
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import only_named, read_whole, sharded
from deployer.pipeline.revisions import source_finder
from deployer.planning import drift, keys


def run(context: RunContext, report: Report) -> Report:
    """The comparison; under `auto`, on a schedule, the previews of closed pull requests are deleted after it, even where it failed."""
    if context.settings.mode != "auto":
        return _compare(context, report)
    try:
        compared = _compare(context, report)
    except steps.Aborted as aborted:
        raise steps.Aborted(cleanup.after(context, aborted.report), aborted.error) from aborted
    return cleanup.after(context, compared)


def _compare(context: RunContext, report: Report) -> Report:
    """Whether each workflow is in sync. Exit 1 only under `on-drift: fail`, and for what could not be read."""
    project = read_whole(context.root, context.settings)
    report = replace(report, environment=project.environment)
    if project.broken:
        return replace(report, findings=project.findings, exit_code=USAGE)
    with steps.attach_report_on_error(report):
        connections = steps.connect(context, project)
        state, _ = steps.load_state(context, project, connections)
        project = sharded(only_named(project, context.settings.selection.only), context.settings.selection.shard)
        keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
        policy = steps.policy_of(context, project)
        find_source = source_finder(context)
        observed = steps.observe(context, project, Observer(connections, state, policy, find_source))
        plan = drift.compare(project.workflows, observed, state, steps.hosts(project, connections), policy, find_source)
        outcomes = tuple(executor.untouched(change) for change in plan)
        return replace(report, outcomes=outcomes, notices=(*report.notices, *plan.notices), requests=connections.requests())
