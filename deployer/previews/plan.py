"""Previews of a pull request: what it changes is deployed to preview targets; for what cannot be previewed, a notice says why.

Settings come from the base branch, definitions from the pull request. Without keys (forks, Dependabot) the platforms are not called.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from deployer.manifest import resolve
from deployer.manifest.model import WorkflowEntry
from deployer.model.errors import FlowshipError
from deployer.model.outcome import Outcome
from deployer.model.preview import environment_of
from deployer.model.report import Report
from deployer.model.workflow import Workflow
from deployer.pipeline import base_branch, plan, pull_request
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.platforms.registry import target_of
from deployer.previews import conditions, evals, guards, targets
from deployer.previews.conditions import MissingLabels
from deployer.previews.decide import decide
from deployer.previews.holders import holders
from deployer.previews.teardown import delete_previews


def preview_changes(context: RunContext, project: Project, report: Report, number: int) -> Report:
    """The report of the plan, with previews of the workflows that pull request `number` changes."""
    base = _read_base(context)
    guards.refuse_deploy_keys(context, (base.manifest, project.manifest))
    changed = pull_request.changed(context, base, project.environment, project.workflows) if base.manifest else frozenset()
    report = replace(report, outcomes=pull_request.compared(context, base, project.environment, changed, report.outcomes))
    missing = conditions.find_missing_labels(context, base, number)
    report = conditions.without_label(context, base, report, missing, number)
    requests, notices = _requests(context, project, base, changed, missing, number)
    report = replace(report, notices=(*report.notices, *notices))
    return _write_previews(context, project, report, base, requests, number) if requests else report


def _read_base(context: RunContext) -> BaseBranch:
    """Without a manifest where GitHub cannot be asked: the plan is still shown. Raises UsageError where a preview key deploys."""
    try:
        return base_branch.of_pull_request(context)
    except FlowshipError as error:
        if error.code == guards.CODE:
            raise
        return BaseBranch(None, lambda _: None, f"GitHub could not be asked for the base branch's settings ({error.message})")


def _requests(
    context: RunContext, project: Project, base: BaseBranch, changed: Collection[str], missing: MissingLabels, number: int
) -> tuple[tuple[PreviewRequest, ...], tuple[str, ...]]:
    """What to preview, and notices about the rest."""
    if base.manifest is None:
        return (), (f"Only planned, nothing is previewed: {base.why}.",)
    if context.event.fork:
        return (), (f"Only planned, nothing is previewed: pull request {number} comes from a fork, and forks get no keys.",)
    if not changed:
        return (), (f"Pull request {number} changes no workflow: nothing to preview.",)
    entries = {entry.name: entry for entry in base.manifest.entries}
    requests: list[PreviewRequest] = []
    reasons = conditions.reasons_against(context, base, changed, missing, number)
    for workflow in project.workflows:
        if workflow.name in changed and workflow.name not in reasons:
            request = _request(context, project, base, workflow, entries.get(workflow.name), number)
            if isinstance(request, PreviewRequest):
                requests.append(request)
            else:
                reasons[workflow.name] = request
    note = " Dependabot's pull requests get none of the repository's secrets." if context.event.dependabot else ""
    return tuple(requests), tuple(line + note for line in targets.group_by_reason("Only planned, not previewed", reasons))


def _request(
    context: RunContext, project: Project, base: BaseBranch, workflow: Workflow, entry: WorkflowEntry | None, number: int
) -> PreviewRequest | str:
    """The request to preview one workflow, or why it is not previewed. Raises UsageError for a `${NAME}` without its value."""
    if entry is None or not entry.preview_keys:
        return "the base branch has no preview settings for it"
    if entry.platform != workflow.platform:
        return "it is on another platform on the base branch, whose preview settings do not fit"
    workflow = workflow._replace(endpoint=_endpoint(base, project.environment, entry))
    keys = targets.given_keys(context, workflow, entry)
    if not keys:
        return f"no preview key was given ({', '.join(entry.preview_keys)})"
    name = target_of(workflow).given_name(replace(plan.policy_of(context, project), is_default_environment=True))
    marks = holders(context, base.manifest, workflow.name, number) if base.manifest else ()
    request = targets.build_request(context, workflow, entry, keys, name, marks)
    return f"on the base branch, {request}" if isinstance(request, str) else request


def _endpoint(base: BaseBranch, environment: str, entry: WorkflowEntry) -> str:
    """The data centre as the base branch has it: keys go nowhere that a pull request names."""
    workflows = resolve.list_targets(base.manifest) if base.manifest else ()
    return next((workflow.endpoint for name, workflow in workflows if (name, workflow.name) == (environment, entry.name)), entry.endpoint)


def _write_previews(
    context: RunContext, project: Project, report: Report, base: BaseBranch, requests: Sequence[PreviewRequest], number: int
) -> Report:
    """GitHub is asked before and after writing: a pull request that was closed meanwhile leaves no preview."""
    current = pull_request.seen_now(context, number)
    stale = _why_stale(context, current, number)
    if stale:
        return replace(report, notices=(*report.notices, stale))
    environment = environment_of(number)
    policy = targets.policy_for(context, targets.label_in_name(project, environment))
    connections = targets.connect(context, (request.workflow for request in requests))
    decisions = decide(context, connections, requests, policy)
    guards.refuse_deploy_targets(context, base, connections, (target for decision in decisions.values() for target in decision.targets))
    differences = {outcome.change.workflow.name: outcome.change.difference for outcome in report.outcomes}
    changes = [replace(change, difference=differences.get(change.workflow.name)) for decision in decisions.values() for change in decision.changes]
    if any(change.writes for change in changes):
        context.services.deployments.begin(environment, preview=True)
    outcomes = targets.carry_out(context, policy.environment, changes, connections, policy, context.commit.subject)
    planned = tuple(_with_warning(outcome, decisions.get(outcome.change.workflow.name)) for outcome in report.outcomes)
    written = targets.merge_report(replace(report, outcomes=planned), outcomes, filter(None, [current.notice]), connections.requests())
    written = replace(written, environment=environment if changes else written.environment)
    if current.open is not None and pull_request.seen_now(context, number).open is False:
        return _delete_again(context, report, base, number, written)
    return evals.evaluate_previews(context, project, connections, written)


def _why_stale(context: RunContext, current: pull_request.PullRequestNow, number: int) -> str:
    """Why this run does not preview any more, "" when it does."""
    if current.open is False or (current.open is None and context.event.action == "closed"):
        return f"Pull request {number} is closed by now: nothing is previewed."
    if current.head and context.event.head_sha and current.head != context.event.head_sha:
        return f"Pull request {number} is at commit {current.head[:7]} by now: this run, for {context.event.head_sha[:7]}, previews nothing."
    return ""


def _with_warning(outcome: Outcome, decision: PreviewDecision | None) -> Outcome:
    """The planned outcome of a workflow, with a warning where it could not be previewed."""
    if decision is None or decision.exhausted is None:
        return outcome
    return replace(outcome, warning=" ".join(filter(None, (outcome.warning, f"Not previewed: {decision.exhausted.why}."))))


def _delete_again(context: RunContext, planned: Report, base: BaseBranch, number: int, written: Report) -> Report:
    """The pull request was closed while its preview was written: the clean-up of that event may have run too early to find it."""
    deleted = delete_previews(context, base, lambda numbers: numbers & {number})
    notice = f"Pull request {number} was closed while its preview was being made, so its preview is deleted again: see its line."
    return targets.merge_report(replace(written, outcomes=planned.outcomes), deleted.outcomes, (notice, *deleted.notices), deleted.requests)
