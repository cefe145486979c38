"""The same cases before and after: what got worse, and how sure that is. Pure.

A case that ran once got worse when it passed before and fails now. One that was repeated did so when so few passes are improbable by
chance: Fisher's exact test, one-sided, below 5 %.
"""

from deployer.evals.assertions import same
from deployer.evals.redaction import Shown
from deployer.evals.runner import Judged
from deployer.evals.statistics import SIGNIFICANT, worse_by_chance
from deployer.model.evals import CheckedCase, CheckedSuite, Compared, Comparison, Figures
from deployer.state.base import Checked

NOTHING_BEFORE = "Nothing was live to compare with, so any failed case counts."


def compare(before: Judged, after: Judged, shown: Shown) -> CheckedSuite:
    """The suite as it ran after, with the comparison in it, and judged by it where `fail_on: regression` says so."""
    earlier = {case.name: case for case in before.suite.cases}
    cases = tuple(
        _compared(earlier[case.name], case, _first(before, case.name), _first(after, case.name), shown)
        for case in after.suite.cases
        if case.name in earlier and case.runs and _was_answered(earlier[case.name])
    )
    version = before.suite.version or "the definition before"
    suite = after.suite._replace(comparison=Comparison(version, before.suite.figures, after.suite.figures, cases))
    return suite._replace(passed=_will_do(suite)) if suite.fail_on == "regression" else suite


def with_figures(suite: CheckedSuite, before: Checked) -> CheckedSuite:
    """Compared with what the ledger knows of an earlier release: figures only, which judge nothing."""
    figures = Figures(before.runs, round(before.rate * before.runs), before.seconds, before.tokens, before.cost)
    return suite._replace(comparison=Comparison(before.version or before.commit[:7], figures, suite.figures))


def _was_answered(before: CheckedCase) -> bool:
    """By what was live. A call that was refused, or an answer of another version, tells nothing of how that did."""
    return bool(before.runs) and not any(
        miss.what == "version" or (miss.what == "answer" and not run.run) for run in before.runs for miss in run.misses
    )


def _first(judged: Judged, case: str) -> object:
    return next(iter(judged.outputs.get(case, ())), None)


def _compared(before: CheckedCase, after: CheckedCase, output: object, output_now: object, shown: Shown) -> Compared:
    p = None
    worse = before.standing == "passed" and after.standing == "failed"
    if len(after.runs) > 1 and len(before.runs) > 1:
        p = worse_by_chance(before.passes, len(before.runs), after.passes, len(after.runs))
        worse = p < SIGNIFICANT
    texts = ("", "") if same(output, output_now) else (shown.value(output), shown.value(output_now))
    return Compared(
        after.name, f"{before.passes}/{len(before.runs)}", f"{after.passes}/{len(after.runs)}", worse, None if p is None else round(p, 6), *texts
    )


def _will_do(suite: CheckedSuite) -> bool:
    """Only what fails and got worse counts; what could not be compared, and what was not run, counts too."""
    compared = {each.case: each for each in suite.comparison.cases} if suite.comparison else {}
    bad = (case for case in suite.cases if case.standing in ("failed", "not_run"))
    return not any(case.standing == "not_run" or case.name not in compared or compared[case.name].worse for case in bad)
