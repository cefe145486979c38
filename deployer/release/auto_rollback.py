"""Taking releases back whose evals failed: to what was live before, by version (GPTBots) or by definition (meinGPT)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from deployer.model.change import Change, Fail, Replace, RollbackOf
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.plan import Plan
from deployer.model.workflow import Source
from deployer.pipeline import plan as steps
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import source_at
from deployer.planning import rollback as planning
from deployer.planning.reconcile import about
from deployer.planning.release_history import run_id
from deployer.platforms.registry import platform_named, target_of
from deployer.platforms.restore import RollbackTarget
from deployer.state.base import EnvironmentState

UNPUBLISH = (
    "A first release cannot be rolled back from here. In the console, unpublish it or switch it off, or release a corrected version: "
    "running again checks it again."
)
CORRECT = "Correct the workflow and release that; this content is not released again."
LOOK = "Look in the console which version is live; running again looks, and goes on."


class FailedRelease(NamedTuple):
    """A release to roll back: its change as planned in this run, what it made live, and the run that did. `previous`: the version that
    was live before, where the platform told."""

    change: Change
    fingerprint: str
    run: str
    previous: str = ""

    @property
    def name(self) -> str:
        return self.change.workflow.name


class RollbackResult(NamedTuple):
    """What became of taking a release back. `problem` goes into the outcome of its workflow."""

    done: bool
    problem: Failure


def roll_back_failed(context: RunContext, project: Project, prepared: PreparedPlan, failing: Sequence[FailedRelease]) -> dict[str, RollbackResult]:
    """Take them back, all at once; by workflow, what came of it. Raises nothing that a platform or GitHub may be the cause of."""
    policy = replace(prepared.policy, release=True, gated=frozenset())
    narrowed = project._replace(workflows=tuple(each.change.workflow for each in failing))
    before = {each.name: each for each in failing}

    def again() -> Plan:
        state = context.services.state.read(project.environment)
        observed = Observer(prepared.clients, state, policy).all(narrowed.workflows, context.settings.limits.concurrency, context.clock)
        changes = (_change(context, prepared, before[name], seen, state) for name, seen in sorted(observed.items()))
        return Plan(project.environment, tuple(changes))

    try:
        plan = again()
        report = steps.apply(context, narrowed, prepared._replace(plan=plan, policy=policy, renames={}, replan=again, state=EnvironmentState()))
    except (FlowshipError, steps.Aborted) as error:
        said = error.error if isinstance(error, steps.Aborted) else error
        return {name: RollbackResult(False, Failure("NOT_ROLLED_BACK", f"It could not be rolled back: {said.message}", LOOK)) for name in before}
    return {outcome.change.workflow.name: _said(outcome) for outcome in report.outcomes}


def _change(context: RunContext, prepared: PreparedPlan, failing: FailedRelease, seen: Observed, state: EnvironmentState) -> Change:
    workflow = failing.change.workflow
    recorded = about(state.of(workflow.name), prepared.clients.host(workflow))
    unsettled = prepared.state.of(workflow.name).awaiting_evals
    way = RollbackTarget(
        source_at=lambda each, commit: source_at(context, each, commit),
        release=run_id(failing.run),
        excluded_runs=frozenset({run_id(unsettled.run)} - {run_id(failing.run)}) if unsettled else frozenset(),
        is_ancestor=context.is_ancestor,
    )
    change = planning.decide(workflow, seen, recorded, way)
    if not isinstance(change, Fail):
        return change
    if failing.previous and platform_named(workflow.platform).capabilities.versions:
        return planning.decide(workflow, seen, recorded, replace(way, version=failing.previous))
    return _as_found(failing, seen) or change


def _as_found(failing: FailedRelease, seen: Observed) -> Change | None:
    """Where neither state nor git has what was live: the definition as it was found before the release."""
    workflow, found = failing.change.workflow, failing.change.observed
    body = target_of(workflow).found_definition(found)
    if not isinstance(failing.change, Replace) or body is None or not seen.exists:
        return None
    source = Source(workflow.path, workflow.platform, "workflow", b"", body)
    return Replace(
        workflow=workflow._replace(source=source, id=seen.id),  # with its id it keeps the name that it has there
        observed=seen,
        target=seen.id,
        release=True,
        restored=RollbackOf(source.fingerprint, "", failing.fingerprint),
        why="back to what was found",
    )


def _said(outcome: Outcome) -> RollbackResult:
    change = outcome.change
    if outcome.outcome == "done" and outcome.live:
        version = outcome.version or change.version
        what = f"{version} is live again" if version else "the definition before is live again"
        return RollbackResult(True, Failure("ROLLED_BACK", f"It was rolled back: {what}.", CORRECT))
    if isinstance(change, Fail) and change.code == "NOTHING_BEFORE":
        return RollbackResult(False, Failure("STILL_LIVE", "It is still live: nothing was live before that could be gone back to.", UNPUBLISH))
    why = outcome.error.message if outcome.error else "it was not this run's turn"
    return RollbackResult(False, Failure("NOT_ROLLED_BACK", f"It could not be rolled back, and may still be live: {why}", LOOK))
