"""The same cases before and after a release: which regressed, and how sure that is.

A case that ran once regressed when it passed before and fails now. A repeated one did when so few passes are improbable by chance:
Fisher's exact test, one-sided, below 5 %.
"""

from deployer.evals.assertions import same
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.statistics import SIGNIFICANT, fisher_one_sided_p
from deployer.model.evals import ComparedCase, Comparison, EvalCase, EvalSuite, Figures
from deployer.state.base import EvalRecord

NO_BASELINE = "There is no result of what was live before to compare with, so any failed case counts."


def compare(before: SuiteResult, after: SuiteResult, redactor: OutputRedactor) -> EvalSuite:
    """The suite as it ran after, with the comparison in it; under `fail_on: regression` it passes by that."""
    earlier = {case.name: case for case in before.suite.cases}
    cases = tuple(
        _compared(earlier[case.name], case, _first_output(before, case.name), _first_output(after, case.name), redactor)
        for case in after.suite.cases
        if case.name in earlier and case.runs and _was_answered(earlier[case.name])
    )
    version = before.suite.version or "the definition before"
    suite = after.suite._replace(comparison=Comparison(version, before.suite.figures, after.suite.figures, cases))
    return suite._replace(passed=_passes_regression_gate(suite)) if suite.fail_on == "regression" else suite


def with_figures(suite: EvalSuite, before: EvalRecord) -> EvalSuite:
    """The suite with the recorded figures of an earlier release beside it, which decide nothing."""
    figures = Figures(before.runs, round(before.rate * before.runs), before.seconds, before.tokens, before.cost)
    return suite._replace(comparison=Comparison(before.version or before.commit[:7], figures, suite.figures))


def _was_answered(before: EvalCase) -> bool:
    """Whether what was live answered. A refused call or an answer of another version is no baseline."""
    return bool(before.runs) and not any(
        miss.matcher == "version" or (miss.matcher == "answer" and not run.run) for run in before.runs for miss in run.misses
    )


def _first_output(result: SuiteResult, case: str) -> object:
    return next(iter(result.outputs.get(case, ())), None)


def _compared(before: EvalCase, after: EvalCase, output: object, output_now: object, redactor: OutputRedactor) -> ComparedCase:
    p = None
    worse = before.status == "passed" and after.status == "failed"
    if len(after.runs) > 1 and len(before.runs) > 1:
        p = fisher_one_sided_p(before.passes, len(before.runs), after.passes, len(after.runs))
        worse = p < SIGNIFICANT
    texts = ("", "") if same(output, output_now) else (redactor.value(output), redactor.value(output_now))
    return ComparedCase(
        after.name, f"{before.passes}/{len(before.runs)}", f"{after.passes}/{len(after.runs)}", worse, None if p is None else round(p, 6), *texts
    )


def _passes_regression_gate(suite: EvalSuite) -> bool:
    """Only failed cases that regressed count, and those that were not run or could not be compared."""
    compared = {case.case: case for case in suite.comparison.cases} if suite.comparison else {}
    failed = (case for case in suite.cases if case.status in ("failed", "not_run"))
    return not any(case.status == "not_run" or case.name not in compared or compared[case.name].regressed for case in failed)
