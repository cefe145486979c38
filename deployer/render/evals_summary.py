"""What evals come to in words, for every rendering. Names, expectations and outputs are a user's or a platform's: whoever renders escapes."""

from deployer.model.evals import CaseRun, CaseStatus, ComparedCase, EvalCase, EvalSuite, Figures, SubjectName
from deployer.model.text import count

STANDINGS: dict[CaseStatus, str] = {"failed": "failed", "not_run": "not run", "passed": "passed", "skipped": "skipped"}
ORDER = tuple(STANDINGS)
SUBJECTS: dict[SubjectName, str] = {
    "release": "just released",
    "live": "live",
    "draft": "the draft",
    "preview": "the preview",
    "preflight": "before the release, on the preview target",
}
MOST_MISSES = 5  # of one case
TEST = "Fisher's exact test, one-sided"


def ordered(suite: EvalSuite) -> list[EvalCase]:
    """Failed ones first, each kind in the suite's order."""
    return sorted(suite.cases, key=lambda case: ORDER.index(case.status))


def headline(suites: tuple[EvalSuite, ...]) -> str:
    """`Evals: 9 of 10 cases passed, 1 failed`; "" without suites."""
    if not suites:
        return ""
    totals = {standing: sum(suite.count(standing) for suite in suites) for standing in ORDER}
    ran = totals["passed"] + totals["failed"] + totals["not_run"]
    rest = [f"{totals[standing]} {STANDINGS[standing]}" for standing in ("failed", "not_run", "skipped") if totals[standing]]
    return ", ".join([f"{totals['passed']} of {count(ran, 'case')} passed", *rest])


def summary(suite: EvalSuite) -> str:
    """`1 of 3 cases failed (version 1.0.3, just released)`."""
    where = SUBJECTS[suite.evaluated]
    about = f"version {suite.version}, {where}" if suite.version else where
    failed, ran = suite.count("failed") + suite.count("not_run"), len(suite.cases) - suite.count("skipped")
    if not failed:
        return f"{count(ran, 'case')} passed ({about})"
    words = [f"{suite.count(standing)} {STANDINGS[standing]}" for standing in ("failed", "not_run") if suite.count(standing)]
    but = "; nothing got worse than what was live" if suite.passed else ""
    return f"of {count(ran, 'case')} {' and '.join(words)} ({about}){but}"


def rate(case: EvalCase) -> str:
    """`7 of 10 passed (70 %, 95 % interval 40 to 89 %), 95 % wanted`; "" for a case that ran once."""
    if len(case.runs) < 2:
        return ""
    interval = f", 95 % interval {percent(case.low)} to {percent(case.high)} %" if case.low is not None and case.high is not None else ""
    return f"{case.passes} of {len(case.runs)} passed ({percent(case.rate)} %{interval}), {percent(case.pass_rate)} % wanted"


def next_steps(suites: tuple[EvalSuite, ...]) -> list[str]:
    """What a person does about failed evals."""
    failed = any(not suite.passed for suite in suites)
    return ["Read what each failed case expected and got. Correct the workflow, or the case; `flowship eval` runs them again."] * failed


def percent(share: float | None) -> str:
    return f"{(share or 0.0) * 100:.0f}"


def why(case: EvalCase) -> str:
    """What there is to say of a case beside its name; "" when nothing is."""
    if case.status in ("skipped", "not_run") and case.why:
        return f"{STANDINGS[case.status]}: {case.why}"
    return rate(case)


def failures(case: EvalCase) -> list[CaseRun]:
    """Runs that missed something, of those that missed the same only the first."""
    found: dict[tuple[str, ...], CaseRun] = {}
    for run in case.runs:
        if not run.passed:
            found.setdefault(tuple(miss.matcher for miss in run.misses), run)
    return list(found.values())


def facts(run: CaseRun) -> str:
    """`version 1.0.3, 1.2 s, 120 tokens, cost 0.02`."""
    parts = [f"version {run.version}" if run.version else "", "" if run.seconds is None else f"{run.seconds:.2f} s"]
    parts += ["" if run.tokens is None else f"{run.tokens:g} tokens", "" if run.cost is None else f"cost {run.cost:g}"]
    return ", ".join(filter(None, parts))


def rows(before: Figures, after: Figures) -> list[tuple[str, str, str]]:
    """What is compared, before, and now."""
    told = [("passed", f"{before.passes}/{before.runs} ({percent(before.rate)} %)", f"{after.passes}/{after.runs} ({percent(after.rate)} %)")]
    told += [("seconds, median", _number(before.seconds), _number(after.seconds))]
    told += [("tokens", _number(before.tokens), _number(after.tokens)), ("cost", _number(before.cost), _number(after.cost))]
    return [row for row in told if row[1:] != ("-", "-")]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def compared(each: ComparedCase) -> str:
    """`9/10 before, 4/10 now: worse (p = 0.03)`."""
    chance = "" if each.p is None else f" (p = {each.p:.3g}, {TEST})"
    verdict = "worse" if each.regressed else "not worse" if each.before != each.after or each.p is not None else "the same"
    return f"{each.before} before, {each.after} now: {verdict}{chance}"


def of_note(suite: EvalSuite) -> list[ComparedCase]:
    """The cases to show: worse ones, then those whose figures or outputs changed."""
    cases = suite.comparison.cases if suite.comparison else ()
    return sorted((each for each in cases if each.regressed or each.changed or each.before != each.after), key=lambda each: not each.regressed)
