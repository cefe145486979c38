"""Evals as lines of text, failed cases first, each line escaped."""

from collections.abc import Iterator

from deployer.model.console import Level
from deployer.model.evals import EvalCase, EvalSuite
from deployer.render import evals_summary as words
from deployer.render.escape import terminal

Line = tuple[Level, str]


def lines(suites: tuple[EvalSuite, ...]) -> tuple[Line, ...]:
    return tuple(line for suite in suites for line in _suite(suite))


def _suite(suite: EvalSuite) -> Iterator[Line]:
    level: Level = "info" if suite.passed else "error" if suite.blocking else "warning"
    yield level, terminal(f"{suite.workflow}: {words.summary(suite)} [{suite.path}]")
    for case in words.ordered(suite):
        yield from _case(case, suite)
    if suite.comparison:
        yield "info", terminal(f"    compared with {suite.comparison.version}, which was live before:")
        for name, before, after in words.rows(suite.comparison.before, suite.comparison.after):
            yield "info", terminal(f"      {name}: {before} before, {after} now")
        for each in words.of_note(suite):
            yield "info", terminal(f"      {each.case}: {words.compared(each)}{'; another output' if each.changed else ''}")
    for note in suite.notes:
        yield "notice", terminal(f"{suite.workflow}: {note}")
    if suite.follow_up:
        yield level, terminal(f"{suite.workflow}: {suite.follow_up}")


def _case(case: EvalCase, suite: EvalSuite) -> Iterator[Line]:
    sign = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip", "not_run": "????"}[case.status]
    why = words.why(case)
    place = f" ({suite.path}:{case.line})" if case.status == "failed" else ""
    yield "info", terminal(f"  {sign}  {case.name}{f': {why}' if why else ''}{place}")
    for run in words.failures(case) if case.status == "failed" else ():
        for miss in run.misses[: words.MOST_MISSES]:
            yield "info", terminal(f"        {miss.matcher}: expected {miss.expected}")
            yield "info", terminal(f"        {' ' * len(miss.matcher)}  got      {miss.actual}")
        if len(run.misses) > words.MOST_MISSES:
            yield "info", f"        and {len(run.misses) - words.MOST_MISSES} more"
