"""The automatic rollback of releases whose evals failed, to what was live before: a version, or a definition."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.apply.executor import NOT_DONE
from deployer.http.executor import Unfinished
from deployer.model.change import Change, Fail, Replace, RollbackOf
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.workflow import Source
from deployer.pipeline import execute
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.plan import Aborted, PreparedPlan
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import source_finder, sources_at
from deployer.planning import rollback as planning
from deployer.platforms.registry import platform_named, target_of
from deployer.platforms.restore import RollbackTarget
from deployer.state.base import EnvironmentState
from deployer.state.run_names import run_id

UNPUBLISH = (
    "Flowship cannot roll back a first release. Unpublish it in the console or switch it off, or release a corrected version. "
    "The next run runs its evals again."
)
CORRECT = "Correct the workflow and release it. This content is released again only with `release: force`."
LOOK = "Look in the console which version is live, and run again: the rollback is resumed."


class FailedRelease(NamedTuple):
    """A release to roll back: its change as planned in this run, what it made live, and the run that did. `previous`: the version that
    was live before, "" where the platform did not name it."""

    change: Change
    fingerprint: str
    run: str
    previous: str = ""

    @property
    def name(self) -> str:
        return self.change.workflow.name


class RollbackResult(NamedTuple):
    """What became of a rollback. `problem` goes into the outcome of its workflow. `is_unclear`: it may have taken effect."""

    done: bool
    problem: Failure
    is_unclear: bool = False


def roll_back_failed(context: RunContext, project: Project, prepared: PreparedPlan, failing: Sequence[FailedRelease]) -> dict[str, RollbackResult]:
    """Roll all of them back; the results by workflow name. Errors of a platform or of GitHub are results too."""
    policy = replace(prepared.policy, release=True, gated=frozenset())
    narrowed = project._replace(workflows=tuple(release.change.workflow for release in failing))
    releases = {release.name: release for release in failing}

    def replan() -> Plan:
        state = context.services.state.read(project.environment)
        observer = Observer(prepared.connections, state, policy, source_finder(context))
        observed = observer.all(narrowed.workflows, context.settings.limits.concurrency, context.clock)
        changes = (_plan_rollback(context, prepared, releases[name], current, state) for name, current in sorted(observed.items()))
        return Plan(project.environment, tuple(changes), project=project.owner.project)

    try:
        plan = replan()
        report = execute.apply(context, narrowed, prepared._replace(plan=plan, policy=policy, moved={}, replan=replan, state=EnvironmentState()))
    except (FlowshipError, Aborted) as error:
        cause = error.error if isinstance(error, Aborted) else error
        failure = Failure("NOT_ROLLED_BACK", f"It could not be rolled back: {cause.message}", LOOK)
        return dict.fromkeys(releases, RollbackResult(False, failure))
    return {outcome.change.workflow.name: _result(outcome, releases[outcome.change.workflow.name].fingerprint) for outcome in report.outcomes}


def _plan_rollback(context: RunContext, prepared: PreparedPlan, failing: FailedRelease, observed: Observed, state: EnvironmentState) -> Change:
    workflow = failing.change.workflow
    recorded = state.of(workflow.name).of_host(prepared.connections.host(workflow))
    unfinished = prepared.state.of(workflow.name).awaiting_evals
    target = RollbackTarget(
        source_at=sources_at(context),
        release=run_id(failing.run),
        excluded_runs=frozenset({run_id(unfinished.run)} - {run_id(failing.run)}) if unfinished else frozenset(),
        is_ancestor=context.is_ancestor,
    )
    change = planning.decide(workflow, observed, recorded, target)
    if not isinstance(change, Fail):
        return change
    if failing.previous and platform_named(workflow.platform).capabilities.versions:
        return planning.decide(workflow, observed, recorded, replace(target, version=failing.previous))
    return _restore_observed(failing, observed) or change


def _restore_observed(failing: FailedRelease, observed: Observed) -> Change | None:
    """The definition that was observed before the release, for when neither state nor git has it. None where none was, and where the workflow
    cannot be read now: which one it is is unknown then."""
    workflow = failing.change.workflow
    body = target_of(workflow).found_definition(failing.change.observed)
    if not isinstance(failing.change, Replace) or body is None or not observed.exists or not observed.readable:
        return None
    source = Source(workflow.path, workflow.platform, "workflow", b"", body)
    return Replace(
        workflow=workflow._replace(source=source, id=observed.id),  # with its id it keeps its name on the platform
        observed=observed,
        target=observed.id,
        release=True,
        restored=RollbackOf(source.fingerprint, "", failing.fingerprint),
        why="back to the definition before the release",
    )


def _result(outcome: Outcome, fingerprint: str) -> RollbackResult:
    """`fingerprint`: what was to be rolled back."""
    change = outcome.change
    if outcome.outcome == "done" and outcome.live:
        version = outcome.version or change.version
        what = f"{version} was released again" if version else "the definition before was written again"
        return RollbackResult(True, Failure("ROLLED_BACK", f"It was rolled back: {what}.", CORRECT))
    if isinstance(change, Fail) and change.code == "NOTHING_BEFORE":
        known = "It is still live" if _shows_live(change.observed, fingerprint) else "It may still be live"
        return RollbackResult(False, Failure("STILL_LIVE", f"{known}: no earlier release can be restored.", UNPUBLISH))
    why = outcome.error.message if outcome.error else outcome.warning or "the rollback was not carried out"
    if outcome.error == NOT_DONE[Unfinished.NOT_STARTED][1]:
        why = "the run ended first."
    if outcome.outcome == "unknown":
        return RollbackResult(False, Failure("ROLLBACK_UNKNOWN", f"Whether it was rolled back is unknown: {why}", LOOK), is_unclear=True)
    return RollbackResult(False, Failure("NOT_ROLLED_BACK", f"It could not be rolled back, and may still be live: {why}", LOOK))


def _shows_live(observed: Observed, fingerprint: str) -> bool:
    """Whether it was read that this content is live; an active workflow where the platform keeps no versions."""
    live = observed.live
    return observed.active or bool(live and live.marker and live.marker.marks(fingerprint))
