"""Going back: taking the last release of an environment back, or going to a tag, a commit or a version. Pure.

What stands is read from the state: releases as if what a rollback rolled back had never been. Going back again therefore goes one
further back, and never to what was rolled back. Only what the state or the platform knows to have been live is gone back to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from deployer.model.change import Change, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed, Version
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.planning.reconcile import about
from deployer.planning.release_history import done_by, effective_releases, rollback_in_progress, run_id
from deployer.platforms.draft_and_publish.plan import of_target
from deployer.platforms.registry import target_of
from deployer.platforms.restore import NAME_ONE, RollbackTarget, fail
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, WorkflowRecord


def plan(
    workflows: Sequence[Workflow],
    observed: Mapping[str, Observed],
    state: EnvironmentState,
    hosts: Mapping[str, str],
    environment: str,
    to: RollbackTarget,
) -> Plan:
    """The plan of a rollback of these workflows, in name order. `hosts`: the base URL by workflow name."""
    changes = [
        decide(workflow, observed[workflow.name], about(state.of(workflow.name), hosts[workflow.name]), to)
        for workflow in sorted(workflows, key=lambda each: each.name)
    ]
    return Plan(environment, tuple(changes), state.notices)


def decide(workflow: Workflow, observed: Observed, record: WorkflowRecord, to: RollbackTarget) -> Change:
    """What to do about one workflow."""
    record = of_target(record, observed.id)
    if not (to.commit or to.version) and done_by(record, rollback_in_progress(record, to.run)):
        version = record.live.version if record.live else None
        return Unchanged(workflow=workflow, observed=observed, target=observed.id, version=version, live=True, why="rolled back already")
    if failure := observed.failure:
        return fail(workflow, observed, failure.message, failure.fix, code=failure.code)
    if not observed.exists:
        return fail(workflow, observed, f"{workflow.name} is not on the platform.", "A release creates it anew.", code="NOTHING_THERE")
    try:
        entry = None if to.version else _at_commit(record, to.commit) if to.commit else _before_the_last(workflow, observed, record, to)
        return target_of(workflow).restore(replace(to, entry=entry), observed, record)
    except FlowshipError as error:
        return fail(workflow, observed, error.message, error.fix, code=error.code)


def _before_the_last(workflow: Workflow, observed: Observed, record: WorkflowRecord, to: RollbackTarget) -> DeployRecord | None:
    """What was live before the last release. Raises FlowshipError when something is live that the state knows nothing of: whether that,
    or the last release, is to be rolled back, is not for us to guess."""
    live = observed.live
    recorded = {entry.version for entry in record.releases}
    if record.live and live and live.version not in recorded and not _released_by_cut_off_run(record, live, to):
        raise FlowshipError(
            f"Version {live.version} of {workflow.name} is live, and the state knows no release of it; the last one was {record.live.version}.",
            fix=NAME_ONE,
            code="NOT_OURS",
        )
    return _earlier(record, to)


def _earlier(recorded: WorkflowRecord, to: RollbackTarget) -> DeployRecord | None:
    """What was live before the last release; where an earlier rollback was cut off, what that one was going to."""
    began = rollback_in_progress(recorded, to.run)
    wanted = next((intent.fingerprint for intent in recorded.open_intents if began and run_id(intent.run) == began), "")
    if wanted:
        return next((entry for entry in reversed(recorded.releases) if same_hash(entry.fingerprint, wanted)), None)
    stack = effective_releases(recorded.releases)
    last = stack[-1] if stack else None
    if last is None or (to.release and run_id(last.run) != to.release):
        return last  # that release was cut off, and did not come as far as to say that it is live
    others = (entry for entry in reversed(stack) if not same_hash(entry.fingerprint, last.fingerprint) and run_id(entry.run) not in to.excluded_runs)
    return next((entry for entry in others if not recorded.was_rolled_back(entry.fingerprint)), None)


def _at_commit(recorded: WorkflowRecord, commit: str) -> DeployRecord | None:
    """The last release of that commit."""
    return next((entry for entry in reversed(recorded.releases) if same_hash(entry.commit, commit)), None)


def _released_by_cut_off_run(recorded: WorkflowRecord, live: Version, to: RollbackTarget) -> bool:
    """Was it made live by the release that is rolled back, or by an earlier rollback, which could not say so any more?"""
    intents = (intent for intent in recorded.open_intents if intent.action == ROLLBACK or run_id(intent.run) == to.release)
    return any(live.marker and live.marker.marks(intent.fingerprint) for intent in intents)
