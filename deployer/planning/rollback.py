"""Rollbacks: of the last release of an environment, or to a tag, a commit or a version. Pure.

Releases are those of the state without the ones that were rolled back. So a second rollback goes one release further, and never to what
was rolled back. Only what was live, by the state or the platform, is restored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from deployer.model.change import Change, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same_hash
from deployer.model.observation import Observed, Version
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.planning.release_history import done_by, effective_releases, rollback_in_progress
from deployer.platforms.registry import target_of
from deployer.platforms.restore import NAME_ONE, RollbackTarget, fail
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, WorkflowRecord
from deployer.state.run_names import run_id


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
        decide(workflow, observed[workflow.name], state.of(workflow.name).of_host(hosts[workflow.name]), to)
        for workflow in sorted(workflows, key=lambda workflow: workflow.name)
    ]
    return Plan(environment, tuple(changes), state.notices)


def decide(workflow: Workflow, observed: Observed, record: WorkflowRecord, to: RollbackTarget) -> Change:
    """What to do about one workflow."""
    record = record.of_target(observed.id)
    if not (to.commit or to.version) and done_by(record, rollback_in_progress(record, to.run)):
        version = record.live.version if record.live else None
        return Unchanged(workflow=workflow, observed=observed, target=observed.id, version=version, live=True, why="rolled back already")
    if failure := observed.failure:
        return fail(workflow, observed, failure.message, failure.fix, code=failure.code)
    if not observed.exists:
        return fail(workflow, observed, f"{workflow.name} is not on the platform.", "A release creates it anew.", code="NOTHING_THERE")
    try:
        release = None if to.version else _at_commit(record, to.commit) if to.commit else _previous_release(workflow, observed, record, to)
        return target_of(workflow).restore(replace(to, entry=release), observed, record)
    except FlowshipError as error:
        return fail(workflow, observed, error.message, error.fix, code=error.code)


def _previous_release(workflow: Workflow, observed: Observed, record: WorkflowRecord, to: RollbackTarget) -> DeployRecord | None:
    """The release before the last one. Raises FlowshipError where the live version is not in the state: whether that, or the last release, is
    to be rolled back, cannot be known."""
    live = observed.live
    versions = {release.version for release in record.releases}
    if record.live and live and live.version not in versions and not _released_by_cut_off_run(record, live, to):
        raise FlowshipError(
            f"Version {live.version} of {workflow.name} is live, and the state knows no release of it; the last one was {record.live.version}.",
            fix=NAME_ONE,
            code="NOT_OURS",
        )
    return _release_to_restore(record, to)


def _release_to_restore(record: WorkflowRecord, to: RollbackTarget) -> DeployRecord | None:
    """The release before the last one; where an earlier rollback was cut off, the one that it was restoring."""
    rollback_run = rollback_in_progress(record, to.run)
    resumed = next((intent.fingerprint for intent in record.open_intents if rollback_run and run_id(intent.run) == rollback_run), "")
    if resumed:
        return next((release for release in reversed(record.releases) if same_hash(release.fingerprint, resumed)), None)
    stack = effective_releases(record.releases)
    last = stack[-1] if stack else None
    if last is None or (to.release and run_id(last.run) != to.release):
        return last  # that release was cut off before it recorded that it is live
    earlier = (release for release in reversed(stack) if not same_hash(release.fingerprint, last.fingerprint))
    allowed = (release for release in earlier if run_id(release.run) not in to.excluded_runs)
    return next((release for release in allowed if not record.was_rolled_back(release.fingerprint)), None)


def _at_commit(record: WorkflowRecord, commit: str) -> DeployRecord | None:
    """The last release of that commit's own file; without one, the last release that was recorded with that commit."""
    releases = [release for release in reversed(record.releases) if same_hash(release.commit, commit)]
    return next((release for release in releases if not release.dirty), releases[0] if releases else None)


def _released_by_cut_off_run(record: WorkflowRecord, live: Version, to: RollbackTarget) -> bool:
    """Was it made live by the release that is rolled back, or by an earlier rollback, and not recorded?"""
    intents = (intent for intent in record.open_intents if intent.action == ROLLBACK or run_id(intent.run) == to.release)
    return any(live.marker and live.marker.marks(intent.fingerprint) for intent in intents)
