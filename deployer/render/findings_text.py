"""Findings as text. On the start-up path of `lint`: imports next to nothing."""

from collections.abc import Iterable

from deployer.model.finding import Finding, Related
from deployer.model.text import one_line


def place(finding: Finding | Related) -> str:
    """`flows/a.flow:3:7`, `flows/a.flow`, or "" when no file is at fault; not escaped."""
    span = finding.span
    return f"{finding.path}:{span.line}:{span.column}" if span else finding.path


def as_text(findings: Iterable[Finding]) -> str:
    """Lines of `flows/a.flow:3:7: error: message [rule]`, each with its related place and what to do below. "" when there are none."""
    return "".join(_lines(finding) for finding in findings)


def _lines(finding: Finding) -> str:
    where = place(finding)
    first = f"{where}: {finding.severity}: {finding.message} [{finding.rule}]" if where else f"{finding.severity}: {finding.message} [{finding.rule}]"
    fix = f"    {one_line(finding.fix)}\n" if finding.fix else ""
    return f"{one_line(first)}\n{_related(finding.related)}{fix}"


def _related(related: Related | None) -> str:
    return f"    {one_line(f'{place(related)}: {related.message}')}\n" if related else ""
