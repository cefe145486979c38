"""The same cases before and after: what got worse, and how sure that is. Pure.

A case that ran once got worse when it passed before and fails now. One that was repeated did so when so few passes are improbable by
chance: Fisher's exact test, one-sided, below 5 %.
"""

from deployer.evals.assertions import same
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.statistics import SIGNIFICANT, fisher_one_sided_p
from deployer.model.evals import ComparedCase, Comparison, EvalCase, EvalSuite, Figures
from deployer.state.base import EvalRecord

NOTHING_BEFORE = "Nothing was live to compare with, so any failed case counts."


def compare(before: SuiteResult, after: SuiteResult, shown: OutputRedactor) -> EvalSuite:
    """The suite as it ran after, with the comparison in it, and judged by it where `fail_on: regression` says so."""
    earlier = {case.name: case for case in before.suite.cases}
    cases = tuple(
        _compared(earlier[case.name], case, _first(before, case.name), _first(after, case.name), shown)
        for case in after.suite.cases
        if case.name in earlier and case.runs and _was_answered(earlier[case.name])
    )
    version = before.suite.version or "the definition before"
    suite = after.suite._replace(comparison=Comparison(version, before.suite.figures, after.suite.figures, cases))
    return suite._replace(passed=_passes_regression_gate(suite)) if suite.fail_on == "regression" else suite


def with_figures(suite: EvalSuite, before: EvalRecord) -> EvalSuite:
    """Compared with what the state knows of an earlier release: figures only, which judge nothing."""
    figures = Figures(before.runs, round(before.rate * before.runs), before.seconds, before.tokens, before.cost)
    return suite._replace(comparison=Comparison(before.version or before.commit[:7], figures, suite.figures))


def _was_answered(before: EvalCase) -> bool:
    """By what was live. A call that was refused, or an answer of another version, tells nothing of how that did."""
    return bool(before.runs) and not any(
        miss.matcher == "version" or (miss.matcher == "answer" and not run.run) for run in before.runs for miss in run.misses
    )


def _first(judged: SuiteResult, case: str) -> object:
    return next(iter(judged.outputs.get(case, ())), None)


def _compared(before: EvalCase, after: EvalCase, output: object, output_now: object, shown: OutputRedactor) -> ComparedCase:
    p = None
    worse = before.status == "passed" and after.status == "failed"
    if len(after.runs) > 1 and len(before.runs) > 1:
        p = fisher_one_sided_p(before.passes, len(before.runs), after.passes, len(after.runs))
        worse = p < SIGNIFICANT
    texts = ("", "") if same(output, output_now) else (shown.value(output), shown.value(output_now))
    return ComparedCase(
        after.name, f"{before.passes}/{len(before.runs)}", f"{after.passes}/{len(after.runs)}", worse, None if p is None else round(p, 6), *texts
    )


def _passes_regression_gate(suite: EvalSuite) -> bool:
    """Only what fails and got worse counts; what could not be compared, and what was not run, counts too."""
    compared = {each.case: each for each in suite.comparison.cases} if suite.comparison else {}
    bad = (case for case in suite.cases if case.status in ("failed", "not_run"))
    return not any(case.status == "not_run" or case.name not in compared or compared[case.name].regressed for case in bad)
