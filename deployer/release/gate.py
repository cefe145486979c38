"""Evals around a deploy: what is live is asked before (where a suite compares), what is to be released on its preview target (where it has one:
`deployer.release.preflight`), what was released right after. Under `evals: gate` a failure before keeps it from being written, and one after takes
the release back.

A run that is killed between the release and the verdict leaves it open in the state: the next run looks, and goes on here.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from deployer.evals.compare import NOTHING_BEFORE, compare, with_figures
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
from deployer.pipeline import plan
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import EvalTarget, eval_history, run_suites, suites_of
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.planning.release_history import effective_releases
from deployer.platforms.registry import target_of
from deployer.release import preflight
from deployer.release.auto_rollback import FailedRelease, RollbackResult, roll_back_failed
from deployer.render.evals_summary import summary
from deployer.state.base import DeployRecord, EvalRecord, Intent, WorkflowRecord

RESERVE, SHARE = 60.0, 0.25  # seconds, and the share of what is left at most, that are kept for rolling back
LEAST = 2.0  # seconds in which something can still be rolled back
ECHO = "The sandbox gives back what a workflow is asked, so no evals were run."
LATER = "Its evals did not come to an end: the next run looks again, and goes on."


class PendingVerdict(NamedTuple):
    """A release to look at: what it made live, the version or target that holds it, and the run that released it."""

    change: Change
    fingerprint: str
    run: str
    version: str = ""
    target: str = ""
    previous: str = ""


def deploy(context: RunContext, project: Project, prepared: PreparedPlan) -> Report:
    """Apply a plan, with the evals of what it releases, and of what an earlier run released and did not come to check."""
    suites = suites_of(context, project) if context.settings.evals.policy != "off" else {}
    if context.settings.sandbox and suites:
        prepared = prepared._replace(report=replace(prepared.report, notices=(*prepared.report.notices, ECHO)))
        suites = {}
    if not suites:
        return plan.apply(context, project, prepared)
    gated = frozenset(suites) if context.settings.evals.policy == "gate" else frozenset()
    gate = _Gate(context, project, prepared._replace(policy=replace(prepared.policy, gated=gated)), suites, RateLimiters())
    waiting = gate.waiting()
    before = gate.before()
    judge = lambda each: gate.compared(each, before.get(each.suite.workflow))  # noqa: E731
    tried = preflight.run_preflight(context, project, gate.prepared, suites, judge, gate.paces)
    report = plan.apply(context, project, gate.prepared._replace(blocked=tried.refused))
    due = {each.change.workflow.name: each for each in (*waiting, *gate.released(report))}
    return tried.merged_into(gate.after(report, due, before) if due else report)


@dataclass(frozen=True, slots=True)
class _Gate:
    """One deploy and its evals."""

    context: RunContext
    project: Project
    prepared: PreparedPlan
    suites: Mapping[str, Suite]
    paces: RateLimiters

    def waiting(self) -> list[PendingVerdict]:
        """Releases of earlier runs that nobody looked at, and that this run does not replace."""
        due = []
        for change in self.prepared.plan:
            if change.workflow.name in self.prepared.policy.gated and not (change.writes and change.release):
                recorded = self.prepared.state.of(change.workflow.name)
                if not self.prepared.policy.release and _known_to_stay(change, recorded):
                    continue
                entry, intent = _still_live(change, recorded.awaiting_evals), _unsaid(change, recorded)
                if entry:
                    due.append(PendingVerdict(change, entry.fingerprint, entry.run, entry.version, entry.target or change.target))
                elif intent:
                    due.append(PendingVerdict(change, change.fingerprint, intent.run, change.version or "", change.target))
        return due

    def before(self) -> dict[str, SuiteResult]:
        """The same cases against what is live now, for suites that compare; by workflow."""
        wanted = []
        for change in self.prepared.plan:
            suite, seen = self.suites.get(change.workflow.name), change.observed
            if suite and suite.compares and change.writes and change.release:
                live = seen.live
                if live or seen.active:
                    wanted.append(EvalTarget(change.workflow, suite, live.version if live else "", change.target))
        clock = self.context.clock
        return run_suites(self.context, self.prepared.clients, wanted, ReservedClock(clock, clock.remaining / 2), self.paces) if wanted else {}

    def released(self, report: Report) -> Iterator[PendingVerdict]:
        """What this run made live."""
        for outcome in report.outcomes:
            change = outcome.change
            if change.workflow.name in self.suites and change.writes and change.release and outcome.live and outcome.outcome == "done":
                version, target = outcome.version or "", outcome.target or change.target
                yield PendingVerdict(change, change.fingerprint, self.context.run, version, target, outcome.previous_version or "")

    def after(self, report: Report, due: Mapping[str, PendingVerdict], before: Mapping[str, SuiteResult]) -> Report:
        """The report with the evals in it, and with what was rolled back."""
        context, clients = self.context, self.prepared.clients
        clock = ReservedClock(context.clock, min(RESERVE, context.clock.remaining * SHARE))
        wanted = [EvalTarget(each.change.workflow, self.suites[name], each.version, each.target, "release") for name, each in sorted(due.items())]
        judged = run_suites(context, clients, wanted, clock, self.paces)
        suites = {name: self._with_history(self.compared(each, before.get(name))) for name, each in judged.items()}
        if context.clock.stopped or context.clock.remaining < LEAST:
            suites = {name: suite if suite.passed else suite._replace(follow_up=LATER) for name, suite in suites.items()}
            over = {name for name, suite in suites.items() if suite.passed}
        else:
            over = set(suites)
        notices = [notice for name in sorted(over) for notice in self._record(suites[name], due[name])]
        failing = [each for name, each in due.items() if name in over and suites[name].failed]
        backs = self._roll_back(failing)
        suites = {name: _with_aftermath(suite, backs.get(name)) for name, suite in suites.items()}
        outcomes = tuple(_judged(outcome, suites, backs) for outcome in report.outcomes)
        notices += context.services.state.flush()
        return replace(
            report,
            outcomes=outcomes,
            evals=tuple(suites[name] for name in sorted(suites)),
            requests=clients.requests(),
            notices=(*report.notices, *notices),
        )

    def compared(self, judged: SuiteResult, before: SuiteResult | None) -> EvalSuite:
        """Judged by what was live, where the suite says so."""
        recorded = self.prepared.state.of(judged.suite.workflow)
        suite = judged.suite
        if before:
            return compare(before, judged._replace(suite=suite), OutputRedactor(self.context.redactor))
        if suite.fail_on == "regression":
            suite = suite._replace(notes=(*suite.notes, NOTHING_BEFORE))
        live = recorded.live
        known = next((each for each in reversed(recorded.evals) if live and same_hash(each.fingerprint, live.fingerprint)), None)
        return with_figures(suite, known) if known else suite

    def _with_history(self, suite: EvalSuite) -> EvalSuite:
        label = suite.version or self.prepared.policy.commit[:7] or self.context.run
        now = EvalHistoryPoint(label, suite.figures.rate, suite.figures.seconds, suite.passed, _now())
        return suite._replace(history=(*eval_history(self.prepared.state.of(suite.workflow)), now))

    def _record(self, suite: EvalSuite, due: PendingVerdict) -> Iterator[str]:
        """Tell the state how it went, before anything is rolled back. Gives back what went wrong with that."""
        figures = suite.figures
        found = EvalRecord(
            fingerprint=due.fingerprint,
            version=due.version,
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
            self.context.services.state.record_evals(self.project.environment, self.context.run, suite.workflow, found)
        except FlowshipError as error:
            yield f"How the evals of {suite.workflow} went could not be recorded: {error.message}"

    def _roll_back(self, failing: list[PendingVerdict]) -> dict[str, RollbackResult]:
        if not failing:
            return {}
        self.context.services.state.flush()  # what is gone back to is read from the state
        wanted = [FailedRelease(each.change, each.fingerprint, each.run, each.previous) for each in failing]
        return roll_back_failed(self.context, self.project, self.prepared, wanted)


def _now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _still_live(change: Change, entry: DeployRecord | None) -> DeployRecord | None:
    """The release that was not looked at, where it is what is live."""
    seen = change.observed
    if entry is None:
        return None
    if seen.readable and seen.exists:
        return entry if target_of(change.workflow).is_as_left(seen, entry) else None
    return entry if isinstance(change, Unchanged) and change.live else None


def _known_to_stay(change: Change, recorded: WorkflowRecord) -> bool:
    """Did it fail before, with nothing to go back to? Then only another release mends it, and a merge need not be told again."""
    entry = recorded.awaiting_evals
    failed = entry and any(not each.passed and same_hash(each.fingerprint, entry.fingerprint) for each in recorded.evals)
    if not entry or not failed or len(effective_releases(recorded.releases)) > 1:
        return False
    seen = change.observed
    return not any(version.released_ms and version.version != entry.version for version in seen.versions)


def _unsaid(change: Change, recorded: WorkflowRecord) -> Intent | None:
    """What was released by a run that was killed before it could say so: applying says it in that run's name (`planner.unsaid`)."""
    if not (isinstance(change, Unchanged) and change.live):
        return None
    return next((each for each in recorded.open_intents if each.evaluate and same_hash(each.fingerprint, change.fingerprint)), None)


def _with_aftermath(suite: EvalSuite, back: RollbackResult | None) -> EvalSuite:
    return suite._replace(follow_up=back.problem.message) if back else suite


def _judged(outcome: Outcome, suites: Mapping[str, EvalSuite], backs: Mapping[str, RollbackResult]) -> Outcome:
    """A release that failed its evals is a failed one; a draft that this run made beside it is not touched by that."""
    name = outcome.change.workflow.name
    suite, back = suites.get(name), backs.get(name)
    if suite is None or not outcome.live or outcome.outcome != "done" or not suite.failed:
        return outcome
    said = f"Its evals failed: {summary(suite)}."
    if back is None:
        return replace(outcome, outcome="failed", error=Failure("EVALS_NOT_OVER", f"{said} {LATER}", "Run it again."))
    problem = back.problem
    return replace(outcome, outcome="failed", live=not back.done, error=Failure(problem.code, f"{said} {problem.message}", problem.fix))
