"""A report without secrets: done on the values, before any rendering could put an escape inside a key and hide it from us."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from deployer.model.change import Change, Fail
from deployer.model.difference import Difference, FieldDifference, Graph, PartDifference
from deployer.model.evals import CheckedSuite
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome, Problem
from deployer.model.report import DoctorRow, Report
from deployer.render import evals_json

Redact = Callable[[str], str]


def redacted(report: Report, redact: Redact) -> Report:
    """Every text in it that a platform or a file may have given."""
    return replace(
        report,
        findings=tuple(_finding(finding, redact) for finding in report.findings),
        outcomes=tuple(redacted_outcome(outcome, redact) for outcome in report.outcomes),
        doctor=tuple(_row(row, redact) for row in report.doctor),
        checks=tuple(_suite(suite, redact) for suite in report.checks),
        notices=tuple(redact(notice) for notice in report.notices),
        problem=_problem(report.problem, redact),
        extra=_anything(report.extra, redact),
    )


def _suite(suite: CheckedSuite, redact: Redact) -> CheckedSuite:
    """Its own texts were redacted when they were made; once more does no harm, and a suite that was read back may hold others."""
    return evals_json.suite(_anything(evals_json.fields(suite), redact))


def _finding(finding: Finding, redact: Redact) -> Finding:
    related = finding.related
    return finding._replace(
        message=redact(finding.message), cure=redact(finding.cure), related=related and related._replace(message=redact(related.message))
    )


def redacted_outcome(outcome: Outcome, redact: Redact) -> Outcome:
    return replace(
        outcome,
        change=_change(outcome.change, redact),
        version=_maybe(outcome.version, redact),
        previous_version=_maybe(outcome.previous_version, redact),
        target=redact(outcome.target),
        warning=_maybe(outcome.warning, redact),
        error=_problem(outcome.error, redact),
        place=redact(outcome.place),
        reduced=redact(outcome.reduced),
        extra=_anything(outcome.extra, redact),
    )


def _change(change: Change, redact: Redact) -> Change:
    if isinstance(change, Fail):
        change = replace(change, message=redact(change.message), cure=redact(change.cure))
    return replace(
        change,
        target=redact(change.target),
        version=_maybe(change.version, redact),
        previous_version=_maybe(change.previous_version, redact),
        why=redact(change.why),
        warning=_maybe(change.warning, redact),
        difference=change.difference and _difference(change.difference, redact),
        preview=change.preview and change.preview._replace(place=redact(change.preview.place), reduced=redact(change.preview.reduced)),
    )


def _difference(difference: Difference, redact: Redact) -> Difference:
    """One look tells of nearly all of them that there is nothing to redact: a graph may have ten thousand nodes."""
    every = "\n".join(_texts([difference.against, difference.parts, difference.graph]))
    if redact(every) == every:
        return difference
    parts = tuple(_part(part, redact) for part in difference.parts)
    nodes = tuple(
        node._replace(key=redact(node.key), label=redact(node.label), type=redact(node.type), inside=redact(node.inside))
        for node in difference.graph.nodes
    )
    edges = tuple(edge._replace(source=redact(edge.source), target=redact(edge.target), label=redact(edge.label)) for edge in difference.graph.edges)
    return difference._replace(against=redact(difference.against), parts=parts, graph=Graph(nodes, edges))


def _part(part: PartDifference, redact: Redact) -> PartDifference:
    fields = tuple(FieldDifference(redact(each.path), _anything(each.before, redact), _anything(each.after, redact)) for each in part.fields)
    inside = tuple(redact(name) for name in part.inside)
    return part._replace(id=redact(part.id), name=redact(part.name), type=redact(part.type), fields=fields, inside=inside)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from _texts([*value, *value.values()])
        case list() | tuple():
            for each in value:
                yield from _texts(each)


def _row(row: DoctorRow, redact: Redact) -> DoctorRow:
    return replace(row, target=redact(row.target), facts=tuple(redact(fact) for fact in row.facts), problem=_problem(row.problem, redact))


def _problem(problem: Problem | None, redact: Redact) -> Problem | None:
    return replace(problem, code=redact(problem.code), message=redact(problem.message), cure=redact(problem.cure)) if problem else None


def _maybe(text: str | None, redact: Redact) -> str | None:
    return None if text is None else redact(text)


def _anything(value: Any, redact: Redact) -> Any:
    """JSON of a shape that is not known here: every text in it, keys too."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(name): _anything(each, redact) for name, each in value.items()}
        case list():
            return [_anything(each, redact) for each in value]
        case _:
            return value
