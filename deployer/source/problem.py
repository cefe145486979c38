"""A problem in a document that could be read: words, and a path instead of a line. Places are looked up for all at once."""

from collections.abc import Iterable
from typing import NamedTuple

from deployer.domain.finding import Finding, Related, Severity, Span
from deployer.source.positions import Language, Path, Place, places


class Problem(NamedTuple):
    """`path` names the value in the document, or with `at_key` the key before it. A path that is not there means what holds it.

    `related` is a second place in the same document, and words for it: `(("steps", 0, "id"), "the first one is here")`.
    """

    path: Path
    message: str
    cure: str
    at_key: bool = False
    related: tuple[Path, str] | None = None


def as_findings(file: str, text: str, language: Language, problems: Iterable[tuple[str, Severity, Problem]]) -> list[Finding]:
    """Findings for (rule, severity, problem) rows, at their places in `text`, which is gone through once."""
    rows = list(problems)
    if not rows:
        return []
    wanted = {problem.path for _, _, problem in rows} | {problem.related[0] for _, _, problem in rows if problem.related}
    found = places(text, language, wanted - {()})
    findings = []
    for rule, severity, problem in rows:
        span = _span(found.get(problem.path), at_key=problem.at_key)
        related = None
        if problem.related:
            there, words = problem.related
            related = Related(file, _span(found.get(there)), words)
        findings.append(Finding(rule, severity, problem.message, problem.cure, file, span, related))
    return findings


def _span(place: Place | None, *, at_key: bool = False) -> Span | None:
    if place is None:
        return None
    return place.key if at_key and place.exact and place.key else place.short
