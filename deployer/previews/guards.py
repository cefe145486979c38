"""What `preview`, `cleanup` and the evals before a release need of the targets for previews: their keys, clients, what must not be among them,
and how a plan for them is carried out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from deployer.apply import run_queue
from deployer.manifest import resolve
from deployer.manifest.model import Manifest
from deployer.model.change import Change
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.preview import environment_of
from deployer.model.report import Report, Requests
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.pipeline import plan as steps
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named
from deployer.platforms.write_context import WriteContext
from deployer.previews import preview_keys
from deployer.state.memory import MemoryStateStore


def key_of(context: RunContext, workflow: Workflow) -> Secret | None:
    """The value of a preview key; None when it was not given. In the sandbox every name has a target of its own."""
    if not context.settings.sandbox:
        return context.settings.credentials.keys.get(workflow.key)
    return platform_named(workflow.platform).sandbox_key(workflow, workflow.key, preview=True)


def clients_for(context: RunContext, found: Iterable[Workflow]) -> Connections:
    """Connected to the targets of these workflows. Raises UsageError for an address that keys must not be sent to."""
    clients = Connections(context.settings, lambda workflow: key_of(context, workflow), context.clock, context.redactor)
    clients.connect(tuple(found))
    return clients


def policy_for(context: RunContext, number: int) -> Policy:
    """Preview targets are released at once, whatever is there: they are nobody's production."""
    return Policy(
        environment=environment_of(number),
        is_default_environment=False,
        release=True,
        force=True,
        on_drift="overwrite",
        commit=context.commit.sha,
    )


def refuse_deploy_keys(context: RunContext, manifests: Iterable[Manifest | None]) -> None:
    """By name and by value, over all these manifests. Raises UsageError."""
    found = [manifest for manifest in manifests if manifest]
    deploys = {workflow.key for manifest in found for _, workflow in resolve.list_targets(manifest) if workflow.key}
    previews = sorted({key for manifest in found for entry in manifest.entries for key in entry.preview_keys})
    preview_keys.refuse_names(previews, deploys)
    preview_keys.refuse_values(previews, sorted(deploys), context.settings.credentials.keys)


def refuse_deploy_targets(context: RunContext, base: BaseBranch, clients: Connections, found: Iterable[tuple[Workflow, str]]) -> None:
    """By the ids behind the keys, against the state of every environment and the ids in the manifest. Raises UsageError."""
    targets = [(workflow.key, (clients.host(workflow), target)) for workflow, target in found if target]
    if not targets or base.manifest is None:
        return
    states = {environment: context.services.state.read(environment) for environment in base.manifest.environments}
    pinned = {
        (clients.host(workflow), workflow.id): f"{workflow.name} in {environment}"
        for environment, workflow in resolve.list_targets(base.manifest)
        if workflow.id
    }
    preview_keys.refuse_targets(targets, preview_keys.deployed(states) | pinned)


def carried_out(
    context: RunContext, environment: str, changes: Iterable[Change], clients: Connections, policy: Policy, message: str
) -> tuple[Outcome, ...]:
    """Every change written, as in a deploy. What previews there are is known by the targets alone, so that no state is needed."""
    plan = Plan(environment, tuple(sorted(changes, key=lambda change: change.workflow.name)))
    write_context = WriteContext(
        connections=clients,
        state=MemoryStateStore(),
        clock=context.clock,
        policy=policy,
        run=context.run,
        message=message,
        redact=context.redactor,
        save=_nowhere,
    )
    ready = run_queue.ready(plan, write_context, None, context.console.line)
    return steps.execute(context, ready, write_context)


def _nowhere(_change: Change, _body: Mapping[str, Any]) -> str:
    raise AssertionError("what is in a preview is not kept")


def merged(report: Report, outcomes: Iterable[Outcome], notices: Iterable[str], requests: Mapping[str, Requests]) -> Report:
    """The report with these outcomes in place of those of the same workflow, and with what was spent."""
    found = {outcome.change.workflow.name: outcome for outcome in report.outcomes}
    found |= {each.change.workflow.name: _with_difference(each, found.get(each.change.workflow.name)) for each in outcomes}
    return replace(
        report,
        outcomes=tuple(found[name] for name in sorted(found)),
        notices=tuple(dict.fromkeys((*report.notices, *notices))),
        requests=summed(report.requests, requests),
    )


def _with_difference(outcome: Outcome, planned: Outcome | None) -> Outcome:
    """What changes inside is what the plan says: how a preview differs from its last one is of no interest."""
    difference = planned.change.difference if planned else None
    return replace(outcome, change=replace(outcome.change, difference=difference)) if difference else outcome


def summed(some: Mapping[str, Requests], more: Mapping[str, Requests]) -> dict[str, Requests]:
    """What was spent in all, by platform."""
    spent = dict(some)
    for platform, each in more.items():
        before = spent.get(platform, Requests())
        left = [budget for budget in (before.remaining, each.remaining) if budget is not None]
        spent[platform] = Requests(before.count + each.count, min(left) if left else None)
    return spent


Over = Callable[[frozenset[int]], frozenset[int]]
"""Which of these pull requests are closed, and their previews to be deleted."""
