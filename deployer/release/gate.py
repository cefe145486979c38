"""Evals around a deploy: of what is live before (where a suite compares), of what is to be released (`deployer.release.preflight`), and of what
was released. Under `evals: gate` a workflow that fails before is not written, and a release that fails is rolled back.

A run that is killed between a release and its verdict leaves the verdict pending in the state: the next run evaluates the release.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from deployer.evals.compare import NO_BASELINE, compare, with_figures
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import RateLimiters, ReservedClock, SuiteResult
from deployer.evals.suite import Suite
from deployer.model.change import Change, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.evals import EvalHistoryPoint, EvalSuite
from deployer.model.failure import Failure
from deployer.model.fingerprint import same_hash
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.pipeline import execute
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import EvalTarget, eval_history, run_suites, suites_of
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.planning.release_history import effective_releases
from deployer.platforms.registry import target_of
from deployer.release import preflight
from deployer.release.auto_rollback import FailedRelease, RollbackResult, roll_back_failed
from deployer.render.evals_summary import summary
from deployer.state.base import DeployRecord, EvalRecord, WorkflowRecord
from deployer.state.run_names import shown

ROLLBACK_S, ROLLBACK_SHARE = 60.0, 0.25  # kept for rolling back: seconds, and at most a share of the time left
MIN_ROLLBACK_S = 2.0  # the least time in which a release can be rolled back
ECHO = "The sandbox answers with the input, so no evals were run."
LATER = "Its evals did not finish: the next run evaluates it again."


class PendingVerdict(NamedTuple):
    """A release to evaluate: what it made live, the version or target that has it, and the run that released it."""

    change: Change
    fingerprint: str
    run: str
    version: str = ""
    target: str = ""
    previous: str = ""


def deploy(context: RunContext, project: Project, prepared: PreparedPlan) -> Report:
    """Apply a plan, with the evals of what it releases and of releases whose verdict is pending from an earlier run."""
    suites = suites_of(context, project) if context.settings.evals.policy != "off" else {}
    if context.settings.sandbox and suites:
        prepared = prepared._replace(report=replace(prepared.report, notices=(*prepared.report.notices, ECHO)))
        suites = {}
    if not suites:
        return execute.apply(context, project, prepared)
    gated = frozenset(suites) if context.settings.evals.policy == "gate" else frozenset()
    gate = _Gate(context, project, prepared._replace(policy=replace(prepared.policy, gated=gated)), suites, RateLimiters())
    earlier = gate.pending_of_earlier_runs()
    baseline = gate.evaluate_live()
    judge = lambda result: gate.compare_with(baseline.get(result.suite.workflow), result)  # noqa: E731
    tried = preflight.run_preflight(context, project, gate.prepared, suites, judge, gate.rate_limiters)
    report = execute.apply(context, project, gate.prepared._replace(blocked=tried.refused))
    pending = {verdict.change.workflow.name: verdict for verdict in (*earlier, *gate.released(report))}
    return tried.merged_into(gate.evaluate(report, pending, baseline) if pending else report)


@dataclass(frozen=True, slots=True)
class _Gate:
    """One deploy and its evals."""

    context: RunContext
    project: Project
    prepared: PreparedPlan
    suites: Mapping[str, Suite]
    rate_limiters: RateLimiters

    def pending_of_earlier_runs(self) -> list[PendingVerdict]:
        """Releases of earlier runs without a verdict, which this run does not replace."""
        pending = []
        for change in self.prepared.plan:
            if change.workflow.name in self.prepared.policy.gated and not (change.writes and change.release):
                recorded = self.prepared.state.of(change.workflow.name)
                if not self.prepared.policy.release and _failed_for_good(change, recorded):
                    continue
                record = _still_live(change, recorded.awaiting_evals)
                if record:
                    pending.append(PendingVerdict(change, record.fingerprint, record.run, record.version, record.target or change.target))
        return pending

    def evaluate_live(self) -> dict[str, SuiteResult]:
        """The results of comparing suites against what is live before the release, by workflow name."""
        subjects = []
        for change in self.prepared.plan:
            suite = self.suites.get(change.workflow.name)
            if suite and suite.compares and change.writes and change.release:
                live = change.observed.live
                if live or change.observed.active:
                    subjects.append(EvalTarget(change.workflow, suite, live.version if live else "", change.target))
        clock = ReservedClock(self.context.clock, self.context.clock.remaining / 2)
        return run_suites(self.context, self.prepared.connections, subjects, clock, self.rate_limiters) if subjects else {}

    def released(self, report: Report) -> Iterator[PendingVerdict]:
        """The releases of this run."""
        for outcome in report.outcomes:
            change = outcome.change
            if change.workflow.name in self.suites and change.writes and change.release and outcome.live and outcome.outcome == "done":
                version, target = outcome.version or "", outcome.target or change.target
                yield PendingVerdict(change, change.fingerprint, self.context.run, version, target, outcome.previous_version or "")

    def evaluate(self, report: Report, pending: Mapping[str, PendingVerdict], baseline: Mapping[str, SuiteResult]) -> Report:
        """The report with the evals of the pending releases, after rolling back those that failed."""
        context, connections = self.context, self.prepared.connections
        clock = ReservedClock(context.clock, min(ROLLBACK_S, context.clock.remaining * ROLLBACK_SHARE))
        subjects = [
            EvalTarget(verdict.change.workflow, self.suites[name], verdict.version, verdict.target, "release")
            for name, verdict in sorted(pending.items())
        ]
        results = run_suites(context, connections, subjects, clock, self.rate_limiters)
        suites = {name: self._with_history(self.compare_with(baseline.get(name), result)) for name, result in results.items()}
        if context.clock.stopped or context.clock.remaining < MIN_ROLLBACK_S:
            suites = {name: suite if suite.passed else suite._replace(follow_up=LATER) for name, suite in suites.items()}
            finished = {name for name, suite in suites.items() if suite.passed}
        else:
            finished = set(suites)
        notices = [notice for name in sorted(finished) for notice in self._record(suites[name], pending[name])]
        rollbacks = self._roll_back([verdict for name, verdict in pending.items() if name in finished and suites[name].failed])
        suites |= {name: suites[name]._replace(follow_up=rollback.problem.message) for name, rollback in rollbacks.items()}
        outcomes = tuple(_with_verdict(outcome, suites, rollbacks) for outcome in report.outcomes)
        notices += context.services.state.flush()
        return replace(
            report,
            outcomes=outcomes,
            evals=tuple(suites[name] for name in sorted(suites)),
            requests=connections.requests(),
            notices=(*report.notices, *notices),
        )

    def compare_with(self, baseline: SuiteResult | None, result: SuiteResult) -> EvalSuite:
        """The suite, compared with the result of what was live before, else with the recorded figures of that release."""
        suite, recorded = result.suite, self.prepared.state.of(result.suite.workflow)
        if baseline:
            return compare(baseline, result, OutputRedactor(self.context.redactor))
        if suite.fail_on == "regression":
            suite = suite._replace(notes=(*suite.notes, NO_BASELINE))
        live = recorded.live
        known = next((record for record in reversed(recorded.evals) if live and same_hash(record.fingerprint, live.fingerprint)), None)
        return with_figures(suite, known) if known else suite

    def _with_history(self, suite: EvalSuite) -> EvalSuite:
        label = suite.version or self.prepared.policy.commit[:7] or shown(self.context.run)
        now = EvalHistoryPoint(label, suite.figures.rate, suite.figures.seconds, suite.passed, _now())
        return suite._replace(history=(*eval_history(self.prepared.state.of(suite.workflow)), now))

    def _record(self, suite: EvalSuite, pending: PendingVerdict) -> Iterator[str]:
        """Record the verdict in the state, before anything is rolled back. A notice where that failed."""
        figures = suite.figures
        record = EvalRecord(
            fingerprint=pending.fingerprint,
            version=pending.version,
            commit=self.prepared.policy.commit,
            run=self.context.run,
            time=_now(),
            passed=suite.passed,
            gate=suite.blocking,
            rate=round(figures.rate, 4),
            runs=figures.runs,
            seconds=figures.seconds,
            tokens=figures.tokens,
            cost=figures.cost,
        )
        try:
            self.context.services.state.record_evals(self.project.environment, self.context.run, suite.workflow, record)
        except FlowshipError as error:
            yield f"The verdict on {suite.workflow} could not be recorded: {error.message}"

    def _roll_back(self, failing: list[PendingVerdict]) -> dict[str, RollbackResult]:
        if not failing:
            return {}
        self.context.services.state.flush()  # the rollback reads the state
        releases = [FailedRelease(verdict.change, verdict.fingerprint, verdict.run, verdict.previous) for verdict in failing]
        return roll_back_failed(self.context, self.project, self.prepared, releases)


def _now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _still_live(change: Change, record: DeployRecord | None) -> DeployRecord | None:
    """The release without a verdict; None where something else is live."""
    observed = change.observed
    if record is None:
        return None
    if observed.readable and observed.exists:
        return record if target_of(change.workflow).is_as_left(observed, record) else None
    return record if isinstance(change, Unchanged) and change.live else None


def _failed_for_good(change: Change, recorded: WorkflowRecord) -> bool:
    """Whether its evals failed before and nothing earlier can be restored. Only another release repairs that, so a merge does not evaluate it."""
    release = recorded.awaiting_evals
    failed = release and any(not record.passed and same_hash(record.fingerprint, release.fingerprint) for record in recorded.evals)
    if not release or not failed or len(effective_releases(recorded.releases)) > 1:
        return False
    return not any(version.released_ms and version.version != release.version for version in change.observed.versions)


def _with_verdict(outcome: Outcome, suites: Mapping[str, EvalSuite], rollbacks: Mapping[str, RollbackResult]) -> Outcome:
    """A release whose evals failed has failed, that of an earlier run too where this one holds the workflow. A draft that this run imported
    besides has not."""
    name = outcome.change.workflow.name
    suite, rollback = suites.get(name), rollbacks.get(name)
    is_release = (outcome.live and outcome.outcome == "done") or outcome.outcome == "held"
    if suite is None or not is_release or not suite.failed:
        return outcome
    verdict = f"Its evals failed: {summary(suite)}."
    if rollback is None:
        return replace(outcome, outcome="failed", error=Failure("EVALS_NOT_OVER", f"{verdict} {LATER}", "Run it again."))
    problem = rollback.problem
    error = Failure(problem.code, f"{verdict} {problem.message}", problem.fix)
    if rollback.is_unclear:
        return replace(outcome, outcome="unknown", live=False, error=error)
    return replace(outcome, outcome="failed", live=outcome.live and not rollback.done, error=error)  # what is held is not what was released
