"""The mode `drift`: the platforms compared with what was last deployed. Writes nothing."""

from dataclasses import replace

from deployer.apply import executor as applying
from deployer.model.errors import FlowshipError
from deployer.model.exit_codes import USAGE
from deployer.model.report import Report
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import plan as steps
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.project import Project, only_named, read_whole, sharded
from deployer.pipeline.revisions import source_at
from deployer.planning import drift as comparing
from deployer.planning import keys
from deployer.platforms.connections import Connections
from deployer.state.base import EnvironmentState


def drift(context: RunContext, report: Report) -> Report:
    """Say for each workflow whether it is in sync. Exit 1 only under `on-drift: fail`, and for what could not be read."""
    project = read_whole(context.root, context.settings)
    report = replace(report, environment=project.environment)
    if project.broken:
        return replace(report, findings=project.findings, exit_code=USAGE)
    with steps.attach_report_on_error(report):
        clients = steps.connect(context, project)
        state, _ = steps.load_state(context, project, clients)
        project = sharded(only_named(project, context.settings.selection.only), context.settings.selection.shard)
        keys.require_keys(context.settings, project.manifest_path, project.environment, project.workflows)
        return _compare(context, project, report, clients, state)


def _compare(context: RunContext, project: Project, report: Report, clients: Connections, state: EnvironmentState) -> Report:
    policy = steps.policy_of(context, project)
    observed = steps.observe(context, project, Observer(clients, state, policy))

    def deployed(workflow: Workflow, commit: str) -> Source | None:
        try:
            return source_at(context, workflow, commit)
        except FlowshipError:
            return None  # then it is said that something changed, and not what

    plan = comparing.compare(project.workflows, observed, state, steps.hosts(project, clients), policy, deployed)
    outcomes = tuple(applying.untouched(change) for change in plan)
    return replace(report, outcomes=outcomes, notices=(*report.notices, *plan.notices), requests=clients.requests())
