"""Checks as JSON, field by field, and back: the report's `checks`."""

from collections.abc import Mapping
from typing import Any

from deployer.model.evals import CaseRun, CheckedCase, CheckedSuite, Compared, Comparison, Figures, Miss, Past


def fields(suite: CheckedSuite) -> dict[str, Any]:
    return {
        "workflow": suite.workflow,
        "platform": suite.platform,
        "path": suite.path,
        "subject": suite.subject,
        "version": suite.version,
        "passed": suite.passed,
        "gates": suite.gates,
        "fail_on": suite.fail_on,
        "aftermath": suite.aftermath,
        "seconds": suite.seconds,
        "figures": _figures(suite.figures),
        "cases": [_case(case) for case in suite.cases],
        "comparison": _comparison(suite.comparison) if suite.comparison else None,
        "notes": list(suite.notes),
        "history": [past._asdict() for past in suite.history],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {**figures._asdict(), "rate": round(figures.rate, 4)}


def _case(case: CheckedCase) -> dict[str, Any]:
    return {
        "name": case.name,
        "line": case.line,
        "standing": case.standing,
        "passes": case.passes,
        "rate": round(case.rate, 4),
        "pass_rate": case.pass_rate,
        "low": case.low,
        "high": case.high,
        "why": case.why,
        "input": case.input,
        "runs": [{"passed": run.passed, **run._asdict(), "misses": [miss._asdict() for miss in run.misses]} for run in case.runs],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "version": comparison.version,
        "before": _figures(comparison.before),
        "after": _figures(comparison.after),
        "cases": [each._asdict() for each in comparison.cases],
    }


def suite(data: Mapping[str, Any]) -> CheckedSuite:
    """The reverse. What is not known here is left out."""
    plain = {name: data[name] for name in _PLAIN}
    return CheckedSuite(
        **plain,
        figures=_made(Figures, data["figures"]),
        cases=tuple(_read_case(each) for each in data["cases"]),
        comparison=_read_comparison(data["comparison"]),
        notes=tuple(data["notes"]),
        history=tuple(_made(Past, each) for each in data["history"]),
    )


_PLAIN = ("workflow", "platform", "path", "subject", "version", "passed", "gates", "fail_on", "aftermath", "seconds")


def _made(kind: Any, data: Mapping[str, Any]) -> Any:
    return kind(**{name: data[name] for name in kind._fields if name in data})


def _read_case(data: Mapping[str, Any]) -> CheckedCase:
    runs = tuple(_made(CaseRun, {**run, "misses": tuple(_made(Miss, miss) for miss in run["misses"])}) for run in data["runs"])
    made: CheckedCase = _made(CheckedCase, {**data, "runs": runs})
    return made


def _read_comparison(data: Mapping[str, Any] | None) -> Comparison | None:
    if data is None:
        return None
    cases = tuple(_made(Compared, each) for each in data["cases"])
    return Comparison(data["version"], _made(Figures, data["before"]), _made(Figures, data["after"]), cases)
