"""`flowship show`: workflows as graphs, and what changes in them. Reads files; the platforms only for `--against live`. Writes the page it is asked
for, and nothing else."""

from dataclasses import replace

from deployer.model.errors import FlowshipError
from deployer.model.exit_codes import FAILED
from deployer.model.report import Report
from deployer.pipeline import plan as steps
from deployer.pipeline.comparison import show_all
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.state.base import EnvironmentState


def run(context: RunContext, report: Report) -> Report:
    """The workflows that are named, or all, with lint's findings: an error in a file is exit code 1, and the others are shown all the same."""
    project, report = steps.read(context, report)
    if project.broken:
        return report
    with steps.attach_report_on_error(report):
        against = context.settings.show.against
        state, problem = _state(context, project, needed=bool(against))
        shown, notices = show_all(context, project, against, state)
        code = report.exit_code or (FAILED if any(workflow.problem for workflow in shown) and against else 0)
        return replace(report, shown=shown, exit_code=code, notices=(*report.notices, *state.notices, *problem, *notices))


def _state(context: RunContext, project: Project, *, needed: bool) -> tuple[EnvironmentState, tuple[str, ...]]:
    """Without a state that can be read there is no plot of evals; that alone is no failure."""
    try:
        return context.services.state.read(project.environment), ()
    except FlowshipError as error:
        if needed:
            raise
        return EnvironmentState(), (f"The state could not be read, so no evals of earlier releases are shown: {error.message}",)
