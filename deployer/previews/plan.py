"""Previews of a pull request: what it changes is deployed to preview targets; for what cannot be previewed, a notice says why.

Settings come from the base branch, definitions from the pull request. Without keys (forks, Dependabot) nothing is asked of the platforms.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from deployer.manifest import resolve
from deployer.manifest.model import WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model import lease
from deployer.model.errors import FlowshipError
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.workflow import Workflow
from deployer.pipeline import base_branch, plan, pull_request
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.platforms.registry import target_of
from deployer.previews import evals
from deployer.previews import guards as targets
from deployer.previews.decide import decide
from deployer.previews.teardown import delete_previews


def preview_changes(context: RunContext, project: Project, report: Report, number: int) -> Report:
    """The report of the plan, with previews of the workflows that pull request `number` changes."""
    base = _base(context)
    targets.refuse_deploy_keys(context, (base.manifest, project.manifest))
    changed = pull_request.changed(context, base, project.environment, project.workflows) if base.manifest else frozenset()
    report = replace(report, outcomes=pull_request.compared(context, base, project.environment, changed, report.outcomes))
    wanted, why = _wanted(context, project, base, changed, number)
    report = replace(report, notices=(*report.notices, *why))
    return _previewed(context, project, report, base, wanted, number) if wanted else report


def _base(context: RunContext) -> BaseBranch:
    """Settings that cannot be asked for are none: the plan is still worth something."""
    try:
        return base_branch.of_pull_request(context)
    except FlowshipError as error:
        if error.code == "preview-key":
            raise
        return BaseBranch(None, lambda _: None, f"GitHub could not be asked for the base branch's settings ({error.message})")


def _wanted(
    context: RunContext, project: Project, base: BaseBranch, changed: Collection[str], number: int
) -> tuple[tuple[PreviewRequest, ...], tuple[str, ...]]:
    """What to preview, and in words what not."""
    event = context.event
    if base.manifest is None:
        return (), (f"Only planned, nothing is previewed: {base.why}.",)
    if event.fork:
        return (), (f"Only planned, nothing is previewed: pull request {number} comes from a fork, and forks get no keys.",)
    entries = {entry.name: entry for entry in base.manifest.entries}
    if not changed:
        return (), (f"Pull request {number} changes no workflow: nothing to preview.",)
    sorted_out: list[tuple[str, PreviewRequest | str]] = [
        (workflow.name, _want(context, project, base, workflow, entries.get(workflow.name), number))
        for workflow in project.workflows
        if workflow.name in changed
    ]
    wanted = tuple(each for _, each in sorted_out if isinstance(each, PreviewRequest))
    return wanted, _said([(name, why) for name, why in sorted_out if isinstance(why, str)], dependabot=event.dependabot)


def _said(left_out: Sequence[tuple[str, str]], *, dependabot: bool) -> tuple[str, ...]:
    """One line for each reason, with the workflows it is about."""
    reasons: dict[str, list[str]] = {}
    for name, why in left_out:
        reasons.setdefault(why, []).append(name)
    note = " Dependabot's pull requests get none of the repository's secrets." if dependabot else ""
    return tuple(f"Only planned, not previewed: {', '.join(names)}: {why}.{note}" for why, names in reasons.items())


def _want(
    context: RunContext, project: Project, base: BaseBranch, workflow: Workflow, entry: WorkflowEntry | None, number: int
) -> PreviewRequest | str:
    """One workflow as it is to be previewed, or why it is not. Raises UsageError for a `${NAME}` without its value."""
    if entry is None or not entry.preview_keys:
        return "the base branch has no preview settings for it"
    if entry.platform != workflow.platform:
        return "it is on another platform on the base branch, whose preview settings do not fit"
    endpoint = _endpoint(base, project.environment, entry)
    named = [workflow._replace(key=key, endpoint=endpoint, id="") for key in entry.preview_keys]
    keys = tuple(each.key for each in named if targets.key_of(context, each))
    if not keys:
        return f"no preview key was given ({', '.join(entry.preview_keys)})"
    source, misfits = lay_over(workflow.source, entry.preview_set, context.settings.selection.values) if entry.preview_set else (workflow.source, ())
    if misfits:
        return f"`preview.set` of the base branch does not fit: {misfits[0].message.rstrip('.')}"
    who = lease.holder(number, context.event.repository, project.manifest_path, workflow.name)
    name = target_of(workflow).given_name(plan.policy_of(context, project))
    return PreviewRequest(named[0]._replace(key=keys[0], source=source), name, keys, workflow.source, who)


def _endpoint(base: BaseBranch, environment: str, entry: WorkflowEntry) -> str:
    """The data centre as the base branch has it: keys go nowhere that a pull request names."""
    there = resolve.list_targets(base.manifest) if base.manifest else ()
    return next((workflow.endpoint for where, workflow in there if (where, workflow.name) == (environment, entry.name)), entry.endpoint)


def _previewed(context: RunContext, project: Project, report: Report, base: BaseBranch, wanted: Sequence[PreviewRequest], number: int) -> Report:
    """Look first whether it is still wanted, write, and look again: nothing is left of a pull request that was closed meanwhile."""
    seen = pull_request.seen_now(context, number)
    stale = _stale(context, seen, number)
    if stale:
        return replace(report, notices=(*report.notices, stale))
    policy = targets.policy_for(context, number)
    clients = targets.clients_for(context, (each.workflow for each in wanted))
    looked = decide(context, clients, wanted, policy)
    targets.refuse_deploy_targets(context, base, clients, (target for each in looked.values() for target in each.targets))
    differences = {outcome.change.workflow.name: outcome.change.difference for outcome in report.outcomes}
    changes = [replace(change, difference=differences.get(change.workflow.name)) for each in looked.values() for change in each.changes]
    if any(change.writes for change in changes):
        context.services.deployments.begin(policy.environment, preview=True)
    outcomes = targets.carried_out(context, policy.environment, changes, clients, policy, context.commit.subject)
    made = targets.merged(_without(report, looked), outcomes, filter(None, [seen.notice]), clients.requests())
    made = replace(made, environment=policy.environment if changes else made.environment)
    if seen.open is not None and pull_request.seen_now(context, number).open is False:
        return _deleted(context, report, base, number, made)
    return evals.checked(context, project, clients, made)


def _stale(context: RunContext, seen: pull_request.PullRequestNow, number: int) -> str:
    """Why this run previews nothing any more, "" when it does."""
    if seen.open is False or (seen.open is None and context.event.action == "closed"):
        return f"Pull request {number} is closed by now: nothing is previewed."
    if seen.head and context.event.head_sha and seen.head != context.event.head_sha:
        return f"Pull request {number} is at commit {seen.head[:7]} by now: this run, for {context.event.head_sha[:7]}, previews nothing."
    return ""


def _without(report: Report, looked: Mapping[str, PreviewDecision]) -> Report:
    """The planned lines of workflows that could not be previewed say why."""
    return replace(report, outcomes=tuple(_warned(outcome, looked.get(outcome.change.workflow.name)) for outcome in report.outcomes))


def _warned(outcome: Outcome, looked: PreviewDecision | None) -> Outcome:
    if looked is None or looked.exhausted is None:
        return outcome
    said: Iterable[str | None] = (outcome.warning, f"Not previewed: {looked.exhausted.why}.")
    return replace(outcome, warning=" ".join(filter(None, said)))


def _deleted(context: RunContext, planned: Report, base: BaseBranch, number: int, made: Report) -> Report:
    """It was closed while its preview was being made: whoever cleaned up then may not have seen it."""
    swept = delete_previews(context, base, lambda numbers: numbers & {number})
    said = f"Pull request {number} was closed while its preview was being made: it was deleted again."
    kept = replace(made, outcomes=planned.outcomes)
    return targets.merged(kept, swept.outcomes, (said, *swept.notices), swept.requests)
