"""Evals before a release: what is about to go live is put on the preview target, asked there, and deleted again. Of a workflow that fails
there nothing is written.

It takes preview settings and a key for them. What cannot be asked before is asked after the release only, as it would be without them, and that is
said. A lease or copy that a killed run left is taken over by the next one; `cleanup` deletes what stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from deployer.evals.runner import RateLimiters, SuiteResult
from deployer.evals.suite import Suite
from deployer.model.evals import EvalSuite
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.report import Report, Requests
from deployer.pipeline import plan
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.pipeline.eval_session import run_suites
from deployer.pipeline.plan import PreparedPlan
from deployer.pipeline.project import Project
from deployer.platforms.connections import Connections
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.previews import guards as targets
from deployer.previews.decide import decide, places
from deployer.previews.evals import REDUCED, wanted_of
from deployer.release import preflight_targets
from deployer.release.preflight_targets import WHERE, PreflightClock
from deployer.render import summary as words
from deployer.render.evals_summary import summary

PART = 0.25  # of the time that is left, at most
CORRECT = "Correct the workflow, or the case, and release that."
NOT_WRITTEN = "Nothing of it was written: what was live before still is."
NOT_OVER = "These evals did not come to an end before the release, so they decide nothing: those after it do."
THROUGH = "A copy has no signing secret that is known, so these evals ran through the API instead of the webhook."


class PreflightResult(NamedTuple):
    """`refused`: of which workflows nothing may be written, by name, and why."""

    suites: tuple[EvalSuite, ...] = ()
    refused: Mapping[str, Failure] = {}
    notices: tuple[str, ...] = ()
    requests: Mapping[str, Requests] = {}

    def merged_into(self, report: Report) -> Report:
        """The report of what came after, with this in it."""
        evals = sorted((*self.suites, *report.evals), key=lambda suite: suite.workflow)
        report = replace(report, evals=tuple(evals))
        return targets.merged(report, (), self.notices, self.requests) if self.notices or self.requests else report


def run_preflight(
    context: RunContext,
    project: Project,
    prepared: PreparedPlan,
    suites: Mapping[str, Suite],
    judge: Callable[[SuiteResult], EvalSuite],
    paces: RateLimiters,
) -> PreflightResult:
    """Nothing of the deploy is written yet. `judge` gives the verdict on a suite that ran. Raises UsageError for a preview key that deploys."""
    if plan.drift_block(prepared.plan):
        return PreflightResult()
    wanted, why = preflight_targets.candidates(context, project, prepared, suites)
    if not wanted:
        return PreflightResult(notices=_said(why))
    targets.refuse_deploy_keys(context, (project.manifest,))
    share = PreflightClock(context.clock, context.clock.remaining * (1 - PART))
    hurried = replace(context, clock=share)
    clients = targets.clients_for(hurried, (each.workflow for each in wanted))
    run = _Run(context, hurried, share, clients, suites, judge, paces, why)
    context.console.line(f"Evals before the release, on the preview target: {', '.join(each.workflow.name for each in wanted)}")
    run.all(project, wanted)
    return PreflightResult(tuple(run.checked), run.refused, (*_said(why), *run.notices), targets.summed(clients.requests(), run.spent))


def _said(why: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each reason, with the workflows it is about."""
    reasons: dict[str, list[str]] = {}
    for name, each in sorted(why.items()):
        reasons.setdefault(each.rstrip("."), []).append(name)
    return tuple(f"Not checked before the release, but after it: {', '.join(names)}: {each}." for each, names in reasons.items())


@dataclass(frozen=True, slots=True)
class _Run:
    """`hurried` is the world with the clock of these evals, `share`. `why`: by name, why a workflow is not checked before."""

    context: RunContext
    hurried: RunContext
    share: PreflightClock
    clients: Connections
    suites: Mapping[str, Suite]
    judge: Callable[[SuiteResult], EvalSuite]
    paces: RateLimiters
    why: dict[str, str]
    checked: list[EvalSuite] = field(default_factory=list)
    refused: dict[str, Failure] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    spent: dict[str, Requests] = field(default_factory=dict)

    def all(self, project: Project, wanted: Sequence[PreviewRequest]) -> None:
        """As many at once as the pools have room for; the others when those have given back. Nobody else is waited for."""
        base, first = BaseBranch(project.manifest, lambda _: None), True
        while wanted:
            looked = decide(self.hurried, self.clients, wanted, preflight_targets.policy(self.context))
            if first:
                found = [target for each in looked.values() for target in each.targets]
                targets.refuse_deploy_targets(self.context, base, self.clients, found)
            free = {place for each in wanted if looked[each.workflow.name].exhausted is None for place in places(each)}
            self._round([each for each in wanted if looked[each.workflow.name].exhausted is None], looked)
            later = [each for each in wanted if looked[each.workflow.name].exhausted and places(each) & free and self.share.remaining]
            self.why.update(
                {name: each.exhausted.why for name, each in looked.items() if each.exhausted and name not in {x.workflow.name for x in later}}
            )
            wanted, first = later, False

    def _round(self, wanted: Sequence[PreviewRequest], looked: Mapping[str, PreviewDecision]) -> None:
        """Put there, asked, and deleted, whatever comes."""
        if not wanted:
            return
        outcomes: dict[str, Outcome] = {}
        release = preflight_targets.policy(self.context)
        changes = [change for each in wanted for change in looked[each.workflow.name].changes]
        try:
            made = targets.carried_out(self.hurried, WHERE, changes, self.clients, release, self.context.commit.subject)
            outcomes |= {each.change.workflow.name: each for each in made if not (each.change.preview and each.change.preview.ended)}
            self._ask(outcomes)
        finally:
            notices, spent = preflight_targets.delete_targets(self.context, self.share, wanted, outcomes)
            self.notices.extend(notices)
            self.spent.update(targets.summed(self.spent, spent))

    def _ask(self, outcomes: Mapping[str, Outcome]) -> None:
        ready = {}
        for name, outcome in sorted(outcomes.items()):
            each = wanted_of(outcome, self._suite(outcome), "preflight") if outcome.outcome == "done" else None
            if each and not each.blocked_reason:
                ready[name] = each
            else:
                self.why[name] = each.blocked_reason if each else _problem(outcome)
        judged = run_suites(self.hurried, self.clients, list(ready.values()), self.share, self.paces) if ready else {}
        for name in sorted(judged):
            self._decide(self.judge(judged[name]), outcomes[name])

    def _suite(self, outcome: Outcome) -> Suite:
        suite = self.suites[outcome.change.workflow.name]
        return suite._replace(through="auto") if _through_api(suite) else suite

    def _decide(self, suite: EvalSuite, outcome: Outcome) -> None:
        if _through_api(self.suites[suite.workflow]):
            suite = suite._replace(notes=(*suite.notes, THROUGH))
        if words.preview_limitations(outcome):
            suite = suite._replace(blocking=False, notes=(*suite.notes, REDUCED))
        elif suite.failed and not _bad(suite, cut_off=self.share.stopped or not self.share.remaining):
            suite = suite._replace(blocking=False, notes=(*suite.notes, NOT_OVER))
        elif suite.failed:
            suite = suite._replace(follow_up=NOT_WRITTEN)
            self.refused[suite.workflow] = Failure("EVALS_FAILED", f"Its evals failed: {summary(suite)}. {NOT_WRITTEN}", CORRECT)
        self.checked.append(suite)


def _bad(suite: EvalSuite, *, cut_off: bool) -> bool:
    """Did a case fail that counts? Where the time was over, having no answer is no failure."""
    compared = {each.case: each.regressed for each in suite.comparison.cases} if suite.comparison and suite.fail_on == "regression" else {}
    return any(
        case.status == "failed"
        and compared.get(case.name, True)
        and (not cut_off or any(miss.matcher != "answer" for run in case.runs for miss in run.misses))
        for case in suite.cases
    )


def _through_api(suite: Suite) -> bool:
    return suite.through == "webhook"


def _problem(outcome: Outcome) -> str:
    """Why it is not on its preview target."""
    return outcome.error.message if outcome.error else outcome.warning or "it could not be put on the preview target"
