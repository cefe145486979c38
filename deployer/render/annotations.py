"""Findings and failures as annotations, the most severe first, as many as GitHub shows of one step."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from deployer.model.annotation import ANNOTATION_LEVELS, Annotation, AnnotationLevel
from deployer.model.evals import EvalSuite
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import count, cut, cut_bytes, one_line
from deployer.render import evals_summary, summary

PER_LEVEL = 10  # GitHub shows 10 errors, 10 warnings and 10 notices of a step
MAX_MESSAGE_BYTES = 4096
MAX_TITLE_CHARS = 200
_LEVELS: dict[str, AnnotationLevel] = {"error": "error", "warning": "warning", "info": "notice"}


class Annotations(NamedTuple):
    """`shown`: those to send, errors first. `rest`: those that GitHub would not show, in the same order."""

    shown: tuple[Annotation, ...]
    rest: tuple[Annotation, ...]


def annotations(report: Report, *, per_level: int = PER_LEVEL) -> Annotations:
    """All annotations of a report, divided by what GitHub shows of a step."""
    listed = list(_all_annotations(report))
    levels = [[annotation for annotation in listed if annotation.level == level] for level in ANNOTATION_LEVELS]
    return Annotations(tuple(chain(*(level[:per_level] for level in levels))), tuple(chain(*(level[per_level:] for level in levels))))


def _all_annotations(report: Report) -> Iterator[Annotation]:
    """What stopped the run, then what failed at a platform, then findings, then warnings and notices."""
    if report.problem:
        yield _annotation("error", report.problem.code or "Flowship stopped", report.problem.message, report.problem.fix)
    for outcome, *others in summary.same_failures(summary.most_severe_first(report.outcomes)):
        yield from _outcome(outcome, others)
    for suite in report.evals:
        yield from _evals(suite)
    for rows in summary.same_problems(report.doctor):
        if problem := rows[0].problem:
            yield _annotation("error", f"{summary.names_of(rows)}: {problem.code or 'not ready'}", problem.message, problem.fix)
    for finding in summary.listed_findings(report):
        yield _finding(finding)
    for notice in report.notices:
        yield _annotation("notice", "Flowship", notice)


def _outcome(outcome: Outcome, others: Sequence[Outcome]) -> Iterator[Annotation]:
    """`others` failed in the same way: the message names them all, on the first one's file."""
    workflow, error, warning = outcome.change.workflow, outcome.error, summary.warning(outcome)
    if error:
        title = f"{count(len(others) + 1, 'workflow')}" if others else workflow.name
        message = f"{error.message} ({summary.names_of([outcome, *others])})" if others else error.message
        yield _annotation("error", f"{title}: {error.code or summary.state(outcome)}", message, error.fix, path=workflow.path)
    if warning:
        yield _annotation("warning", workflow.name, warning, path=workflow.path)


def _evals(suite: EvalSuite) -> Iterator[Annotation]:
    """A failed case at its line in the suite; a warning where the suite does not fail the run."""
    level: AnnotationLevel = "error" if suite.failed else "warning"
    for case in suite.cases:
        if case.status in ("failed", "not_run"):
            misses = [evals_summary.miss_line(miss) for run in evals_summary.failures(case)[:1] for miss in run.misses]
            message = ". ".join(filter(None, [evals_summary.reason(case), *misses]))
            annotation = _annotation(level, f"{suite.workflow}: {case.name}", message, suite.follow_up, path=suite.path)
            yield annotation._replace(line=case.line, end_line=case.line)


def _finding(finding: Finding) -> Annotation:
    annotation = _annotation(_LEVELS[finding.severity], finding.rule, finding.message, finding.fix, path=finding.path)
    if not finding.span:
        return annotation
    line, column, end_line, end_column = finding.span
    return annotation._replace(line=line, column=column, end_line=end_line, end_column=end_column)


def _annotation(level: AnnotationLevel, title: str, message: str, fix: str = "", *, path: str = "") -> Annotation:
    """The fix stands on a line of its own; other line breaks are escaped."""
    body = f"{one_line(message)}\n{one_line(fix)}" if fix else one_line(message)
    return Annotation(level, cut(one_line(title), MAX_TITLE_CHARS), cut_bytes(body, MAX_MESSAGE_BYTES), path)
