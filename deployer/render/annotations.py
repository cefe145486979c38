"""Findings and failures as annotations: the most severe first, within what GitHub shows of one step."""

from collections.abc import Iterator
from typing import NamedTuple

from deployer.model.annotation import ANNOTATION_LEVELS, Annotation, AnnotationLevel
from deployer.model.evals import EvalSuite
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import cut, cut_bytes, one_line
from deployer.render import evals_summary, summary

PER_LEVEL = 10  # GitHub shows 10 errors, 10 warnings and 10 notices of a step
LONGEST_MESSAGE = 4096  # bytes
LONGEST_TITLE = 200
_LEVELS: dict[str, AnnotationLevel] = {"error": "error", "warning": "warning", "info": "notice"}


class Annotations(NamedTuple):
    """What to send, errors first, and how many more there are (the summary holds those)."""

    items: tuple[Annotation, ...]
    rest: int


def annotations(report: Report, *, per_level: int = PER_LEVEL) -> Annotations:
    every = list(_all(report))
    kept = [each for level in ANNOTATION_LEVELS for each in [a for a in every if a.level == level][:per_level]]
    return Annotations(tuple(kept), len(every) - len(kept))


def beyond(report: Report, *, per_level: int = PER_LEVEL) -> tuple[Annotation, ...]:
    """Those that `annotations` has no room for, in the same order."""
    every = list(_all(report))
    return tuple(each for level in ANNOTATION_LEVELS for each in [a for a in every if a.level == level][per_level:])


def _all(report: Report) -> Iterator[Annotation]:
    """What stopped the run, then what failed at a platform, then findings, then warnings and notices."""
    if report.problem:
        yield _annotation("error", report.problem.code or "Flowship stopped", report.problem.message, report.problem.fix)
    for outcome in summary.most_severe_first(report.outcomes):
        yield from _outcome(outcome)
    for suite in report.evals:
        yield from _evals(suite)
    for row in report.doctor:
        if row.problem:
            yield _annotation("error", f"{row.workflow}: {row.problem.code or 'not ready'}", row.problem.message, row.problem.fix)
    for finding in summary.listed(report):
        yield _finding(finding)
    for notice in report.notices:
        yield _annotation("notice", "Flowship", notice)


def _outcome(outcome: Outcome) -> Iterator[Annotation]:
    workflow, error, warning = outcome.change.workflow, outcome.error, summary.warning(outcome)
    if error:
        yield _annotation("error", f"{workflow.name}: {error.code or summary.state(outcome)}", error.message, error.fix, path=workflow.path)
    if warning:
        yield _annotation("warning", workflow.name, warning, path=workflow.path)


def _evals(suite: EvalSuite) -> Iterator[Annotation]:
    """A failed case at its line in the suite; what does not gate is a warning."""
    level: AnnotationLevel = "error" if suite.failed else "warning"
    for case in suite.cases:
        if case.status in ("failed", "not_run"):
            said = evals_summary.why(case)
            missed = [
                f"{miss.matcher}: expected {miss.expected}, got {miss.actual}" for run in evals_summary.failures(case)[:1] for miss in run.misses
            ]
            plain = _annotation(level, f"{suite.workflow}: {case.name}", ". ".join([said] * bool(said) + missed), suite.follow_up, path=suite.path)
            yield plain._replace(line=case.line, end_line=case.line)


def _finding(finding: Finding) -> Annotation:
    plain = _annotation(_LEVELS[finding.severity], finding.rule, finding.message, finding.fix, path=finding.path)
    if not finding.span:
        return plain
    line, column, end_line, end_column = finding.span
    return plain._replace(line=line, column=column, end_line=end_line, end_column=end_column)


def _annotation(level: AnnotationLevel, title: str, message: str, fix: str = "", *, path: str = "") -> Annotation:
    """The fix stands on a line of its own; other line breaks are shown."""
    body = f"{one_line(message)}\n{one_line(fix)}" if fix else one_line(message)
    return Annotation(level, cut(one_line(title), LONGEST_TITLE), cut_bytes(body, LONGEST_MESSAGE), path)
