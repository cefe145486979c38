"""A problem in a document that could be read: words, and a path instead of a line. Places are looked up for all at once."""

from collections.abc import Iterable
from typing import NamedTuple

from deployer.formats.positions import Language, Lines, Path, TextPlace, places
from deployer.model.finding import Finding, Related, Severity, Span


class Diagnostic(NamedTuple):
    """`path` names the value in the document, or with `at_key` the key before it. A path that is not there means what holds it.

    `related` is a second place in the same document, and words for it: `(("steps", 0, "id"), "the first one is here")`.
    `within` is a stretch of a text value, for pointing at a part of it: the value, and start and end in it, the end exclusive.
    """

    path: Path
    message: str
    fix: str
    at_key: bool = False
    related: tuple[Path, str] | None = None
    within: tuple[str, int, int] | None = None


def as_findings(file: str, text: str, language: Language, problems: Iterable[tuple[str, Severity, Diagnostic]]) -> list[Finding]:
    """Findings for (rule, severity, problem) rows, at their places in `text`, which is gone through once."""
    rows = list(problems)
    if not rows:
        return []
    wanted = {problem.path for _, _, problem in rows} | {problem.related[0] for _, _, problem in rows if problem.related}
    found = places(text, language, wanted - {()})
    parts = _Parts(text)
    findings = []
    for rule, severity, problem in rows:
        place = found.get(problem.path)
        span = (parts.span(place, *problem.within) if place and problem.within else None) or _span(place, at_key=problem.at_key)
        related = None
        if problem.related:
            there, words = problem.related
            related = Related(file, _span(found.get(there)), words)
        findings.append(Finding(rule, severity, problem.message, problem.fix, file, span, related))
    return findings


def _span(place: TextPlace | None, *, at_key: bool = False) -> Span | None:
    if place is None:
        return None
    return place.key if at_key and place.exact and place.key else place.short


class _Parts:
    """Stretches of the values of one text. Each value is gone through once, however many findings are inside it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: Lines | None = None
        self._origins: dict[int, list[int] | None] = {}

    def span(self, place: TextPlace, value: str, start: int, end: int) -> Span | None:
        """None when the value does not stand there as such (an alias, a value laid over it)."""
        from deployer.formats.yaml.scalar import origins

        if place.start not in self._origins:
            self._origins[place.start] = origins(self._text[place.start : place.end], value) if place.exact else None
        offsets = self._origins[place.start]
        if not offsets:
            return None
        last = len(offsets) - 1
        self._lines = self._lines or Lines(self._text)
        return self._lines.span(place.start + offsets[min(start, last)], place.start + offsets[min(max(start, end - 1), last)] + 1)
