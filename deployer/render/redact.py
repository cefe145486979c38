"""A report without secrets. Redacted as values: a rendering could put an escape inside a secret, which would hide it from the redactor."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from deployer.model.change import Change
from deployer.model.difference import Difference, DrawnEdge, DrawnNode, PartDifference
from deployer.model.failure import Failure
from deployer.model.finding import Finding, Related
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Report

Redact = Callable[[str], str]
Value = TypeVar("Value")
# Codes, hashes, names and places: they are compared or looked up, and no platform or file gives a secret there.
_KEPT_FIELDS: Mapping[type, tuple[str, ...]] = {
    Report: ("mode", "project", "environment", "commit", "plan_hash", "shard", "shards", "approved", "requests", "requests_needed"),
    DoctorRow: ("workflow", "environment", "platform"),
    Finding: ("rule", "severity", "path", "span"),
    Related: ("path", "span"),
    Outcome: ("outcome",),
    Change: ("workflow", "observed", "restored", "code", "status", "pool", "as_name"),
    Preview: ("lease_tag",),
    PartDifference: ("kind", "change"),
    DrawnNode: ("change",),
    DrawnEdge: ("change",),
}


def redacted(value: Value, redact: Redact) -> Value:
    """The same report, or part of one, with every text redacted that a platform or a file may have given."""
    # Most outcomes hold nothing to redact: one call shows it, where a graph may have ten thousand nodes.
    if isinstance(value, Difference | Outcome) and redact(joined := "\n".join(_texts(value))) == joined:
        return value
    return _redacted(value, redact)  # type: ignore[no-any-return]


def respelled(report: Report, spell: Redact) -> Report:
    """The report with every sentence of ours, and nothing of a definition, through `spell` (`deployer.config.spelling`)."""

    def failure(problem: Failure | None) -> Failure | None:
        return problem and Failure(problem.code, spell(problem.message), spell(problem.fix))

    def outcome_as_spelled(outcome: Outcome) -> Outcome:
        warning = outcome.warning or outcome.change.warning
        if not (outcome.error or warning):
            return outcome
        return replace(outcome, error=failure(outcome.error), warning=warning and spell(warning))

    return replace(
        report,
        problem=failure(report.problem),
        notices=tuple(map(spell, report.notices)),
        doctor=tuple(replace(row, problem=failure(row.problem)) for row in report.doctor),
        outcomes=tuple(outcome_as_spelled(outcome) for outcome in report.outcomes),
    )


def _redacted(value: Any, redact: Redact) -> Any:
    if isinstance(value, str):
        return redact(value)
    if names := _redacted_fields(value.__class__):
        changed = {name: redacted(getattr(value, name), redact) for name in names}
        return value._replace(**changed) if hasattr(value, "_replace") else replace(value, **changed)
    if isinstance(value, dict):
        return {redact(name): redacted(item, redact) for name, item in value.items()}
    return type(value)(redacted(item, redact) for item in value) if isinstance(value, list | tuple) else value


@cache
def _redacted_fields(kind: type) -> tuple[str, ...]:
    """The fields of a value class that may hold what is redacted; none of another type."""
    kept = _KEPT_FIELDS.get(Change if issubclass(kind, Change) else kind, ())
    names = getattr(kind, "_fields", ()) or (tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ())
    return tuple(name for name in names if name not in kept)


def _texts(value: Any) -> Iterator[str]:
    """Every text that `_redacted` would redact."""
    if isinstance(value, str):
        yield value
    elif names := _redacted_fields(value.__class__):
        for name in names:
            yield from _texts(getattr(value, name))
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
