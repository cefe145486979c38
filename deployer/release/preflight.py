"""Evals before a release: what is about to go live is deployed to its preview target, evaluated there, and deleted again. A workflow that
fails is not written.

It takes preview settings and a key for them. A workflow that cannot be evaluated before the release is evaluated after it only, with a notice.
The next run takes over a lease or copy that a killed run left; `cleanup` deletes what remains.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from deployer.evals.runner import RateLimiters, ReservedClock, SuiteResult
from deployer.evals.suite import Suite
from deployer.http.clock import Clock
from deployer.model import lease
from deployer.model.change import Change, Remove
from deployer.model.errors import UsageError
from deployer.model.evals import EvalSuite
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.report import Report, Requests, add_requests
from deployer.pipeline import plan
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import run_suites
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.platforms.registry import platform_named, target_of
from deployer.previews import guards, targets
from deployer.previews.decide import decide, slot_addresses
from deployer.previews.evals import REDUCED, eval_target
from deployer.render import evals_summary, summary

TIME_SHARE = 0.25  # of the time left, at most
CORRECT = "Correct the workflow, or the case, and release that."
NOT_WRITTEN = "This run wrote nothing to it."
NOT_FINISHED = "These evals did not finish before the release, so they do not decide: those after it do."
VIA_API = "The signing secret of a copy is unknown, so these evals ran through the API instead of the webhook."
ENVIRONMENT = "before release"  # in the name of a copy: `Onboarding (before release)`
MESSAGE = "Evaluated before a release"
STOP_GRACE_S, MIN_DELETE_S = 4.5, 0.5  # from a signal until the run is killed, and the least that is left for deleting previews
DELETE_S, DELETE_SHARE = 10.0, 0.1  # for deleting previews: seconds, or a share of the time left where that is more


class PreflightClock(ReservedClock):
    """The share of a run's time that a preflight may take."""

    def __init__(self, clock: Clock, reserve: float) -> None:
        super().__init__(clock, reserve)
        self._stopped_at: float | None = None

    @property
    def stopped(self) -> bool:
        stopped = super().stopped
        if stopped and self._stopped_at is None:
            self._stopped_at = time.monotonic()
        return stopped

    def until_killed(self) -> Clock:
        """A clock that runs although the run was stopped: previews are still deleted in the time until it is killed."""
        elapsed = time.monotonic() - self._stopped_at if self._stopped_at is not None else 0.0
        return Clock(max(MIN_DELETE_S, STOP_GRACE_S - elapsed))


class PreflightResult(NamedTuple):
    """`refused`: the workflows that may not be written, by name, and why."""

    suites: tuple[EvalSuite, ...] = ()
    refused: Mapping[str, Failure] = {}
    notices: tuple[str, ...] = ()
    requests: Mapping[str, Requests] = {}

    def merged_into(self, report: Report) -> Report:
        """The report of the deploy with this result in it."""
        evals = sorted((*self.suites, *report.evals), key=lambda suite: suite.workflow)
        report = replace(report, evals=tuple(evals))
        return targets.merge_report(report, (), self.notices, self.requests) if self.notices or self.requests else report


def run_preflight(
    context: RunContext,
    project: Project,
    prepared: PreparedPlan,
    suites: Mapping[str, Suite],
    judge: Callable[[SuiteResult], EvalSuite],
    rate_limiters: RateLimiters,
) -> PreflightResult:
    """Evaluate what the plan makes live, before anything of it is written. `judge` compares a result with what was live.
    Raises UsageError for a preview key that deploys."""
    if plan.drift_block(prepared.plan):
        return PreflightResult()
    requests, reasons = candidates(context, project, prepared, suites)
    if not requests:
        return PreflightResult(notices=_notices(reasons))
    guards.refuse_deploy_keys(context, (project.manifest,))
    share = PreflightClock(context.clock, context.clock.remaining * (1 - TIME_SHARE))
    timed = replace(context, clock=share)
    connections = targets.connect(timed, (request.workflow for request in requests))
    preflight = _Preflight(context, timed, share, connections, suites, judge, rate_limiters, reasons)
    context.console.line(f"Evals before the release, on the preview target: {', '.join(request.workflow.name for request in requests)}")
    preflight.run(project, requests)
    spent = add_requests(connections.requests(), preflight.spent)
    return PreflightResult(tuple(preflight.evaluated), preflight.refused, (*_notices(reasons), *preflight.notices), spent)


def _notices(reasons: Mapping[str, str]) -> tuple[str, ...]:
    return targets.group_by_reason("Not evaluated before the release, but after it", dict(sorted(reasons.items())))


@dataclass(frozen=True, slots=True)
class _Preflight:
    """`timed` is the context with the clock of these evals, `share`. `reasons`: by name, why a workflow is not evaluated before the release."""

    context: RunContext
    timed: RunContext
    share: PreflightClock
    connections: Connections
    suites: Mapping[str, Suite]
    judge: Callable[[SuiteResult], EvalSuite]
    rate_limiters: RateLimiters
    reasons: dict[str, str]
    evaluated: list[EvalSuite] = field(default_factory=list)
    refused: dict[str, Failure] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    spent: dict[str, Requests] = field(default_factory=dict)

    def run(self, project: Project, requests: Sequence[PreviewRequest]) -> None:
        """As many at once as the pools have room for; the others in the slots that those free. A slot of another run is not waited for."""
        base, policy, guarded = BaseBranch(project.manifest, lambda _: None), targets.policy_for(self.context, ENVIRONMENT), False
        while requests:
            decisions = decide(self.timed, self.connections, requests, policy)
            if not guarded:
                previews = [target for decision in decisions.values() for target in decision.targets]
                guards.refuse_deploy_targets(self.context, base, self.connections, previews)
                guarded = True
            ready = [request for request in requests if decisions[request.workflow.name].exhausted is None]
            freed = {address for request in ready for address in slot_addresses(request)}
            self._evaluate(ready, decisions)
            waiting = [request for request in requests if request not in ready and slot_addresses(request) & freed and self.share.remaining]
            names = {request.workflow.name for request in waiting}
            self.reasons.update({name: known.exhausted.why for name, known in decisions.items() if known.exhausted and name not in names})
            requests = waiting

    def _evaluate(self, requests: Sequence[PreviewRequest], decisions: Mapping[str, PreviewDecision]) -> None:
        """Write the previews, run their suites, and delete them whatever happens."""
        if not requests:
            return
        outcomes: dict[str, Outcome] = {}
        policy = targets.policy_for(self.context, ENVIRONMENT)
        changes = [change for request in requests for change in decisions[request.workflow.name].changes]
        try:
            written = targets.carry_out(self.timed, ENVIRONMENT, changes, self.connections, policy, self.context.commit.subject)
            outcomes |= {
                outcome.change.workflow.name: outcome for outcome in written if not (outcome.change.preview and outcome.change.preview.ended)
            }
            self._run_suites(outcomes)
        finally:
            notices, spent = delete_targets(self.context, self.share, requests, outcomes)
            self.notices.extend(notices)
            self.spent.update(add_requests(self.spent, spent))

    def _run_suites(self, outcomes: Mapping[str, Outcome]) -> None:
        ready = {}
        for name, outcome in sorted(outcomes.items()):
            target = eval_target(outcome, self._suite(outcome), "preflight") if outcome.outcome == "done" else None
            if target and not target.blocked_reason:
                ready[name] = target
            else:
                self.reasons[name] = target.blocked_reason if target else _why_not_written(outcome)
        results = run_suites(self.timed, self.connections, list(ready.values()), self.share, self.rate_limiters) if ready else {}
        for name in sorted(results):
            self._record(self.judge(results[name]), outcomes[name])

    def _suite(self, outcome: Outcome) -> Suite:
        suite = self.suites[outcome.change.workflow.name]
        return suite._replace(through="auto") if suite.through == "webhook" else suite

    def _record(self, suite: EvalSuite, outcome: Outcome) -> None:
        """Refuse a workflow whose evals failed; what cannot decide is only reported."""
        if self.suites[suite.workflow].through == "webhook":
            suite = suite._replace(notes=(*suite.notes, VIA_API))
        if summary.preview_limitations(outcome):
            suite = suite._replace(blocking=False, notes=(*suite.notes, REDUCED))
        elif suite.failed and not _has_failed_case(suite, cut_off=self.share.stopped or not self.share.remaining):
            suite = suite._replace(blocking=False, notes=(*suite.notes, NOT_FINISHED))
        elif suite.failed:
            suite = suite._replace(follow_up=NOT_WRITTEN)
            self.refused[suite.workflow] = Failure("EVALS_FAILED", f"Its evals failed: {evals_summary.summary(suite)}. {NOT_WRITTEN}", CORRECT)
        self.evaluated.append(suite)


def _has_failed_case(suite: EvalSuite, *, cut_off: bool) -> bool:
    """Whether a case failed that counts. After a cut-off a missing answer does not count."""
    compared = {case.case: case.regressed for case in suite.comparison.cases} if suite.comparison and suite.fail_on == "regression" else {}
    return any(
        case.status == "failed"
        and compared.get(case.name, True)
        and (not cut_off or any(miss.matcher != "answer" for run in case.runs for miss in run.misses))
        for case in suite.cases
    )


def _why_not_written(outcome: Outcome) -> str:
    return outcome.error.message if outcome.error else outcome.warning or "it could not be deployed to the preview target"


def candidates(
    context: RunContext, project: Project, prepared: PreparedPlan, names: Collection[str]
) -> tuple[tuple[PreviewRequest, ...], dict[str, str]]:
    """Requests for the workflows of these names that the plan makes live and that have a preview key. By name, why the settings of one do not fit."""
    entries = {entry.name: entry for entry in project.manifest.entries} if project.manifest else {}
    requests: list[PreviewRequest] = []
    reasons: dict[str, str] = {}
    for change in prepared.plan:
        workflow, entry = change.workflow, entries.get(change.workflow.name)
        if workflow.name not in names or entry is None or not _goes_live(change):
            continue
        if keys := targets.given_keys(context, workflow, entry):
            name = target_of(workflow).given_name(prepared.policy)
            holder = lease.holder_for_release(context.event.repository, project.manifest_path, project.environment, workflow.name)
            try:
                request = targets.build_request(context, workflow, entry, keys, name, holder)
            except UsageError as error:
                request = error.message
            if isinstance(request, PreviewRequest):
                requests.append(request)
            else:
                reasons[workflow.name] = request
    return tuple(requests), reasons


def _goes_live(change: Change) -> bool:
    return change.writes and change.release and not isinstance(change, Remove) and change.workflow.source.kind == "workflow"


def delete_targets(
    context: RunContext, share: PreflightClock, requests: Sequence[PreviewRequest], outcomes: Mapping[str, Outcome]
) -> tuple[tuple[str, ...], dict[str, Requests]]:  # fmt: skip
    """Delete the previews of these requests. Notices about those that remain, and the requests it took. `outcomes`: of writing them, by name."""
    spent: dict[str, Requests] = {}
    remaining: list[Outcome] = []
    for clock in _deletion_clocks(context, share):
        timed = replace(context, clock=clock)
        connections = targets.connect(timed, (request.workflow for request in requests))
        listing = Listing(connections)
        changes = [change for request in requests for change in _deletions(listing, request, outcomes.get(request.workflow.name))]
        deleted = targets.carry_out(timed, ENVIRONMENT, changes, connections, targets.policy_for(context, ENVIRONMENT), MESSAGE)
        remaining = [outcome for outcome in deleted if outcome.outcome != "done"]
        spent = add_requests(spent, connections.requests())
        if not remaining:
            break
    return tuple(_remains(outcome) for outcome in remaining), spent


def _deletion_clocks(context: RunContext, share: PreflightClock) -> Iterator[Clock]:
    """A short clock, so that a preview target that does not answer costs the deploy little; and one for a run that was stopped meanwhile."""
    left = context.clock.remaining
    if not share.stopped:
        yield ReservedClock(context.clock, max(0.0, left - max(DELETE_S, left * DELETE_SHARE)))
    if share.stopped:
        yield share.until_killed()


def _remains(outcome: Outcome) -> str:
    why = outcome.error.message.rstrip(".") if outcome.error else outcome.outcome
    return f"The preview that was evaluated before the release may still exist, {outcome.change.workflow.name}: {why}. `cleanup` deletes it."


def _deletions(listing: Listing, request: PreviewRequest, outcome: Outcome | None) -> Iterator[Change]:
    """The changes that delete a preview; none where nothing was sent. Without an outcome every target of the request is tried."""
    if outcome and (outcome.outcome in ("held", "skipped") or outcome.change.action == "fail"):
        return
    yield from platform_named(request.workflow.platform).previews.remove(request, outcome, listing)
