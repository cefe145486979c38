"""Preview targets: their keys and connections, requests for them, and carrying out what was decided about them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from deployer.apply import run_queue
from deployer.manifest.model import WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model.change import Change
from deployer.model.lease import LeaseHolder
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.report import Report, Requests, add_requests
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.pipeline import execute
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.previews import PreviewRequest
from deployer.platforms.registry import platform_named
from deployer.platforms.write_context import WriteContext
from deployer.state.memory import MemoryStateStore


def find_key(context: RunContext, workflow: Workflow) -> Secret | None:
    """The value of a preview key; None when it was not given. In the sandbox every name has a target of its own."""
    if not context.settings.sandbox:
        return context.settings.credentials.keys.get(workflow.key)
    return platform_named(workflow.platform).sandbox_key(workflow, workflow.key, preview=True)


def connect(context: RunContext, workflows: Iterable[Workflow]) -> Connections:
    """Connected to the targets of these workflows. Raises UsageError for an address that keys must not be sent to."""
    connections = Connections(context.settings, lambda workflow: find_key(context, workflow), context.clock, context.redactor)
    connections.connect(tuple(workflows))
    return connections


def policy_for(context: RunContext, environment: str) -> Policy:
    """Previews are released at once, and overwrite what is on their target: no preview target is in production."""
    return Policy(environment=environment, is_default_environment=False, release=True, force=True, on_drift="overwrite", commit=context.commit.sha)


def label_in_name(project: Project, label: str) -> str:
    """What stands in brackets after a copy's name: `preview #12`; in another environment than the first `staging, preview #12`."""
    return label if project.environment == project.environments[0] else f"{project.environment}, {label}"


def given_keys(context: RunContext, workflow: Workflow, entry: WorkflowEntry) -> tuple[str, ...]:
    """The names of the entry's preview keys whose values were given."""
    return tuple(key for key in entry.preview_keys if find_key(context, workflow._replace(key=key)))


def build_request(
    context: RunContext, workflow: Workflow, entry: WorkflowEntry, keys: tuple[str, ...], name: str, holders: tuple[LeaseHolder, ...]
) -> PreviewRequest | str:
    """The request to preview a workflow under these keys, or why its settings do not fit. Raises UsageError for a `${NAME}` without a value.

    `holders`: see `deployer.previews.holders`.
    """
    source, misfits = lay_over(workflow.source, entry.preview_set, context.settings.selection.values)
    if misfits:
        return f"`preview.set` does not fit: {misfits[0].message.rstrip('.')}"
    holder, *former = holders
    return PreviewRequest(workflow._replace(key=keys[0], id="", source=source), name, keys, workflow.source, holder, tuple(former))


def group_by_reason(title: str, reasons: Mapping[str, str]) -> tuple[str, ...]:
    """One notice for each reason, with the names of the workflows it applies to."""
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason.rstrip("."), []).append(name)
    return tuple(f"{title}: {', '.join(workflows)}: {reason}." for reason, workflows in names.items())


def carry_out(
    context: RunContext, environment: str, changes: Iterable[Change], connections: Connections, policy: Policy, message: str
) -> tuple[Outcome, ...]:
    """The outcomes of the changes, written as in a deploy. The targets alone record which previews exist, so no state is kept."""
    plan = Plan(environment, tuple(sorted(changes, key=lambda change: change.workflow.name)))
    write_context = WriteContext(
        connections=connections,
        state=MemoryStateStore(),
        clock=context.clock,
        policy=policy,
        run=context.run,
        message=message,
        redact=context.redactor,
        save=_refuse_to_save,
    )
    ready = run_queue.ready(plan, write_context, None, context.console.line)
    return execute.execute(context, ready, write_context)


def _refuse_to_save(_change: Change, _body: Mapping[str, Any]) -> str:
    raise AssertionError("a preview's definition is never saved")


def merge_report(report: Report, outcomes: Iterable[Outcome], notices: Iterable[str], requests: Mapping[str, Requests]) -> Report:
    """The report with these outcomes in place of those of the same workflow, and with the requests added."""
    by_name = {outcome.change.workflow.name: outcome for outcome in report.outcomes}
    by_name |= {outcome.change.workflow.name: _with_difference(outcome, by_name.get(outcome.change.workflow.name)) for outcome in outcomes}
    return replace(
        report,
        outcomes=tuple(by_name[name] for name in sorted(by_name)),
        notices=tuple(dict.fromkeys((*report.notices, *notices))),
        requests=add_requests(report.requests, requests),
    )


def _with_difference(outcome: Outcome, planned: Outcome | None) -> Outcome:
    """With the plan's difference: how a preview differs from the last preview is of no interest."""
    difference = planned.change.difference if planned else None
    return replace(outcome, change=replace(outcome.change, difference=difference)) if difference else outcome
