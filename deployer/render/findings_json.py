"""Findings as JSON: alone, for `flowship lint --format json`, and one by one for the report. Imports next to nothing."""

from collections.abc import Iterable
from typing import Any

from deployer.model.finding import Finding, Related, Span


def render(findings: Iterable[Finding]) -> str:
    """`{"schema": 1, "findings": […]}`, without a last line break."""
    import json  # only this format needs it

    return json.dumps({"schema": 1, "findings": [fields(finding) for finding in findings]}, indent=2)


def fields(finding: Finding) -> dict[str, Any]:
    """A finding as the JSON report shows it; places are null when the whole file is meant. `related` is there when there is one."""
    head = {"rule": finding.rule, "severity": finding.severity, "message": finding.message, "fix": finding.fix, "path": finding.path}
    return {**head, **_place(finding.span), **({"related": _related(finding.related)} if finding.related else {})}


def _related(related: Related) -> dict[str, Any]:
    return {"path": related.path, **_place(related.span), "message": related.message}


def _place(span: Span | None) -> dict[str, int | None]:
    return dict(zip(("line", "column", "end_line", "end_column"), span or (None, None, None, None), strict=True))
