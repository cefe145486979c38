"""Verifying keys and targets: reachable, right kind, may list, two environments or projects on one target. Writes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor
from deployer.manifest.model import Manifest
from deployer.model.errors import FlowshipError
from deployer.model.exit_codes import USAGE
from deployer.model.failure import Failure
from deployer.model.finding import in_order
from deployer.model.report import DoctorRow, Report
from deployer.model.text import count, first_names
from deployer.model.workflow import Workflow
from deployer.pipeline import plan, second_opinion
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project, only_named, read_project
from deployer.pipeline.repository_targets import RepositoryTargets
from deployer.planning import keys
from deployer.platforms import added
from deployer.platforms.connections import Connections
from deployer.platforms.registry import describe_platforms


@dataclass(frozen=True, slots=True)
class DoctorTarget:
    """A workflow in an environment, with the clients of that environment."""

    environment: str
    workflow: Workflow
    clients: Connections


def run(context: RunContext, report: Report) -> Report:
    """A row for each workflow, of all environments or of the one that was asked for; where a file is broken, only the findings."""
    projects = [_project(context, name) for name in _environments(context)]
    findings = in_order([finding for project in projects for finding in project.findings])
    report = replace(report, findings=findings, environment=", ".join(project.environment for project in projects))
    if any(project.broken for project in projects):
        return replace(report, exit_code=USAGE)
    with plan.attach_report_on_error(report):
        everything = _joined(projects)._replace(environment=report.environment)
        only_named(everything, context.settings.selection.only)  # raises for a name that none of them has
        projects = [_narrowed(project, context.settings.selection.only) for project in projects]
        everything = _joined(projects)
        account = second_opinion.find_account(context, everything)
        connected = [(project, plan.connect(context, project)) for project in projects]
        pairs = [DoctorTarget(project.environment, workflow, clients) for project, clients in connected for workflow in project.workflows]
        rows = examine(pairs, context.settings.limits.concurrency, context.clock)
        others = RepositoryTargets(context, projects[0].owner, "", projects[0].pairs())
        rows = tuple(_apart_from(others, pair, row) for pair, row in zip(pairs, rows))
        missing = _missing_preview_keys(context, projects[0].manifest, {pair.workflow.name for pair in pairs})
        report = replace(report, doctor=rows, notices=(*report.notices, *_added_platforms(), *others.notices, *missing))
        questions = [second_opinion.Question(pair.workflow, pair.clients) for pair in pairs]
        return second_opinion.in_doctor(context, account, everything, questions, report)


def _missing_preview_keys(context: RunContext, manifest: Manifest | None, names: Collection[str]) -> tuple[str, ...]:
    """A notice of the preview keys of these workflows that were not given. A job that only deploys needs none of them."""
    entries = manifest.entries if manifest and not context.settings.sandbox else ()
    given = context.settings.credentials.keys
    keys_of = {entry.name: [key for key in entry.preview_keys if key not in given] for entry in entries if entry.name in names}
    missing = list(dict.fromkeys(key for absent in keys_of.values() for key in absent))
    if not missing:
        return ()
    workflows = first_names([name for name, absent in keys_of.items() if absent])
    what = f"{count(len(missing), 'preview key')} of {workflows} {'was' if len(missing) == 1 else 'were'} not given"
    return (
        f"{what}: pull requests are previewed only with them. Those from forks never get keys and are only planned. Fix: {keys.add_keys(missing)}",
    )


def _added_platforms() -> tuple[str, ...]:
    """A notice that lists the platforms, where a package adds one."""
    return (f"Platforms: {', '.join(describe_platforms())}.",) if added.find() else ()


def _environments(context: RunContext) -> tuple[str, ...]:
    selection = context.settings.selection
    project = read_project(context.root, context.settings._replace(selection=selection._replace(only=())))
    return (project.environment,) if selection.environment else project.environments


def _project(context: RunContext, environment: str) -> Project:
    """One environment, whatever `only` names."""
    selection = context.settings.selection._replace(environment=environment, only=())
    return read_project(context.root, context.settings._replace(selection=selection))


def _joined(projects: Sequence[Project]) -> Project:
    """The first project, with the workflows of all."""
    return projects[0]._replace(workflows=tuple(workflow for project in projects for workflow in project.workflows))


def _narrowed(project: Project, only: Sequence[str]) -> Project:
    """The project with those of these workflows that it has; all for ()."""
    return project._replace(workflows=tuple(workflow for workflow in project.workflows if not only or workflow.name in only))


def examine(pairs: Sequence[DoctorTarget], concurrency: int, clock: Clock) -> tuple[DoctorRow, ...]:
    """One row per pair, in the given order."""
    rows = dict(BoundedExecutor(_examine, clock, concurrency).run(pairs))
    return _apart([row if isinstance(row := rows[index], DoctorRow) else _not_reached(pair) for index, pair in enumerate(pairs)])


def _examine(pair: DoctorTarget) -> DoctorRow:
    if pair.clients.key_of(pair.workflow) is None:
        name = pair.workflow.key
        message, fix = (f"No key named {name} was given.", keys.add_keys((name,))) if name else ("No key was given.", "Set `api-key`.")
        return _row(pair, problem=Failure("missing-key", message, fix))
    try:
        check = pair.clients.target(pair.workflow).check_key()
        return _row(pair, check.target, check.facts, check.failure)
    except FlowshipError as error:
        return _row(pair, problem=Failure(error.code, error.message, error.fix))


def _row(pair: DoctorTarget, target: str = "", facts: tuple[str, ...] = (), problem: Failure | None = None) -> DoctorRow:
    workflow = pair.workflow
    return DoctorRow(workflow.name, pair.environment, workflow.platform, problem is None, target, facts, problem)


def _not_reached(pair: DoctorTarget) -> DoctorRow:
    return _row(
        pair, problem=Failure("TIME_LIMIT", "The time limit was reached, or the run was stopped, before this target was asked.", "Raise `timeout`.")
    )


def _apart(rows: Sequence[DoctorRow]) -> tuple[DoctorRow, ...]:
    """Two rows on one target: the second one says so."""
    owners: dict[tuple[str, str], DoctorRow] = {}
    checked = []
    for row in rows:
        owner = owners.setdefault((row.platform, row.target), row) if row.target else row
        checked.append(row if owner is row else _shared(row, f"{owner.workflow} in {owner.environment}"))
    return tuple(checked)


def _apart_from(others: RepositoryTargets, pair: DoctorTarget, row: DoctorRow) -> DoctorRow:
    """The row, with what another project of the repository has."""
    owner = others.owners.get((pair.clients.host(pair.workflow), row.target)) if row.target else None
    return _shared(row, owner.text(others.project)) if owner and owner.claim == "named" else row


def _shared(row: DoctorRow, owner: str) -> DoctorRow:
    message = f"It is the same target ({row.target}) as {owner}: each would overwrite the other."
    return DoctorRow(
        row.workflow,
        row.environment,
        row.platform,
        False,
        row.target,
        row.facts,
        Failure("shared-target", message, "Give each its own target and key."),
    )
