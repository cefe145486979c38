"""A problem in a document that could be read: words, and a path instead of a line. Places are looked up for all at once."""

from collections.abc import Iterable
from typing import NamedTuple

from deployer.domain.finding import Finding, Severity
from deployer.source.positions import Language, Path, places


class Problem(NamedTuple):
    """`path` names the value in the document, or with `at_key` the key before it. A path that is not there means what holds it."""

    path: Path
    message: str
    cure: str
    at_key: bool = False


def as_findings(file: str, text: str, language: Language, problems: Iterable[tuple[str, Severity, Problem]]) -> list[Finding]:
    """Findings for (rule, severity, problem) rows, at their places in `text`, which is gone through once."""
    rows = list(problems)
    if not rows:
        return []
    found = places(text, language, {problem.path for _, _, problem in rows if problem.path})
    findings = []
    for rule, severity, problem in rows:
        place = found.get(problem.path)
        span = None
        if place is not None:
            span = place.key if problem.at_key and place.exact and place.key else place.short
        findings.append(Finding(rule, severity, problem.message, problem.cure, file, span))
    return findings
