"""The results of evals in words, for every rendering. Names, expectations and outputs are a user's or a platform's: each rendering escapes them."""

from deployer.model.evals import CaseRun, CaseStatus, ComparedCase, EvalCase, EvalSuite, Figures, Miss, SubjectName
from deployer.model.text import count

CASE_STATUSES: dict[CaseStatus, str] = {"failed": "failed", "not_run": "not run", "passed": "passed", "skipped": "skipped"}
ORDER = tuple(CASE_STATUSES)
SUBJECTS: dict[SubjectName, str] = {
    "release": "just released",
    "live": "live",
    "draft": "the draft",
    "preview": "the preview",
    "preflight": "before the release, on the preview target",
}
MAX_MISSES = 5  # of one case
TEST = "Fisher's exact test, one-sided"


def failed_first(suite: EvalSuite) -> list[EvalCase]:
    """The cases by status, failed ones first, each kind in the suite's order."""
    return sorted(suite.cases, key=lambda case: ORDER.index(case.status))


def headline(suites: tuple[EvalSuite, ...]) -> str:
    """`9 of 10 cases passed, 1 failed`; "" without suites."""
    if not suites:
        return ""
    totals = {status: sum(suite.count(status) for suite in suites) for status in ORDER}
    ran = totals["passed"] + totals["failed"] + totals["not_run"]
    others = [f"{totals[status]} {CASE_STATUSES[status]}" for status in ("failed", "not_run", "skipped") if totals[status]]
    return ", ".join([f"{totals['passed']} of {count(ran, 'case')} passed", *others])


def summary(suite: EvalSuite) -> str:
    """`1 of 3 cases failed (version 1.0.3, just released)`."""
    evaluated = SUBJECTS[suite.evaluated]
    subject = f"version {suite.version}, {evaluated}" if suite.version else evaluated
    ran = len(suite.cases) - suite.count("skipped")
    counts = [(suite.count(status), CASE_STATUSES[status]) for status in ("failed", "not_run") if suite.count(status)]
    if not counts:
        return f"{count(ran, 'case')} passed ({subject})"
    (number, status), *others = counts
    more = "".join(f", {other} {text}" for other, text in others)
    return f"{number} of {count(ran, 'case')} {status}{more} ({subject}){'; nothing got worse than what was live' * suite.passed}"


def rate(case: EvalCase) -> str:
    """`7 of 10 passed (70 %, 95 % interval 40 to 89 %), 95 % needed`; "" for a case that ran once."""
    if len(case.runs) < 2:
        return ""
    interval = f", 95 % interval {_percent(case.low)} to {_percent(case.high)} %" if case.low is not None and case.high is not None else ""
    return f"{case.passes} of {len(case.runs)} passed ({_percent(case.rate)} %{interval}), {_percent(case.pass_rate)} % needed"


def next_steps(suites: tuple[EvalSuite, ...]) -> list[str]:
    """What a person does about failed evals."""
    failed = any(not suite.passed for suite in suites)
    return ["Read what each failed case expected and got. Correct the workflow, or the case; `flowship eval` runs them again."] * failed


def _percent(share: float | None) -> str:
    return f"{(share or 0.0) * 100:.0f}"


def reason(case: EvalCase) -> str:
    """Why a case was skipped or not run, else its pass rate; "" for a case that ran once."""
    if case.status in ("skipped", "not_run") and case.why:
        return f"{CASE_STATUSES[case.status]}: {case.why}"
    return rate(case)


def failures(case: EvalCase) -> list[CaseRun]:
    """Failed runs, only the first of those that missed the same."""
    runs: dict[tuple[str, ...], CaseRun] = {}
    for run in case.runs:
        if not run.passed:
            runs.setdefault(tuple(miss.matcher for miss in run.misses), run)
    return list(runs.values())


def miss_line(miss: Miss) -> str:
    """`contains: expected 14 days, got No.`"""
    return f"{miss.matcher}: expected {miss.expected}, got {miss.actual}"


def run_facts(run: CaseRun) -> str:
    """`version 1.0.3, 1.2 s, 120 tokens, cost 0.02`."""
    parts = [f"version {run.version}" if run.version else "", "" if run.seconds is None else f"{run.seconds:.2f} s"]
    parts += ["" if run.tokens is None else f"{run.tokens:g} tokens", "" if run.cost is None else f"cost {run.cost:g}"]
    return ", ".join(filter(None, parts))


def figure_rows(before: Figures, after: Figures) -> list[tuple[str, str, str]]:
    """Rows of a comparison: the figure's name, its value before, and now. Figures that neither side has are left out."""
    rows = [("passed", f"{before.passes}/{before.runs} ({_percent(before.rate)} %)", f"{after.passes}/{after.runs} ({_percent(after.rate)} %)")]
    rows += [("seconds, median", _number(before.seconds), _number(after.seconds))]
    rows += [("tokens", _number(before.tokens), _number(after.tokens)), ("cost", _number(before.cost), _number(after.cost))]
    return [row for row in rows if row[1:] != ("-", "-")]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def compared(case: ComparedCase) -> str:
    """`9/10 before, 4/10 now: worse (p = 0.03)`."""
    chance = "" if case.p is None else f" (p = {case.p:.3g}, {TEST})"
    verdict = "worse" if case.regressed else "not worse" if case.before != case.after or case.p is not None else "the same"
    return f"{case.before} before, {case.after} now: {verdict}{chance}"


def differing_cases(suite: EvalSuite) -> list[ComparedCase]:
    """The compared cases to show: regressed ones, then those whose figures or outputs changed."""
    cases = suite.comparison.cases if suite.comparison else ()
    return sorted((case for case in cases if case.regressed or case.changed or case.before != case.after), key=lambda case: not case.regressed)
