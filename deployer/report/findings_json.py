"""Findings as JSON: alone, for `flowship lint --format json`, and one by one for the report. Imports next to nothing."""

from collections.abc import Iterable
from typing import Any

from deployer.domain.finding import Finding


def render(findings: Iterable[Finding]) -> str:
    """`{"schema": 1, "findings": […]}`, without a last line break."""
    import json  # only this format needs it

    return json.dumps({"schema": 1, "findings": [fields(finding) for finding in findings]}, indent=2)


def fields(finding: Finding) -> dict[str, Any]:
    """A finding as the JSON report shows it; places are null when the whole file is meant."""
    span = finding.span or (None, None, None, None)
    names = ("line", "column", "end_line", "end_column")
    head = {"rule": finding.rule, "severity": finding.severity, "message": finding.message, "cure": finding.cure, "path": finding.path}
    return head | dict(zip(names, span, strict=True))
