"""Diagnostics: what is wrong in a file, by path or by offset; their lines are looked up for a whole file at once. And the rules of reading."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from deployer.formats.positions import Lines, Path, TextPlace, find_places
from deployer.model.finding import Finding, Related, Span
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.choices import Language, Severity


class Diagnostic(NamedTuple):
    """`path` names the value in the document, or with `at_key` the key before it. A path that does not exist means its nearest ancestor.

    `related` is a second place in the same document, and words for it: `(("steps", 0, "id"), "the first one is here")`.
    `within` is a stretch of a text value, for pointing at a part of it: the value, and start and end in it, the end exclusive.
    `offsets` replace the path where a text could not be parsed: code-point offsets in the text, the end exclusive.
    """

    path: Path
    message: str
    fix: str
    at_key: bool = False
    related: tuple[Path, str] | None = None
    within: tuple[str, int, int] | None = None
    offsets: tuple[int, int] | None = None


RuleDiagnostic = tuple[str, Diagnostic]
"""The name of a rule in `RULES`, and one thing that breaks it."""


def unparsable(rule: str, message: str, fix: str, start: int = -1, end: int = -1) -> RuleDiagnostic:
    """What a parser refuses, at its offsets in the text; without any the whole file is meant."""
    return rule, Diagnostic((), message, fix, offsets=(start, end) if start >= 0 else None)


RULES: dict[str, tuple[Severity, str]] = {
    "file-not-found": ("error", "A file that is named must exist."),
    "file-unreadable": ("error", "A folder, a device, or a file without read permission cannot be deployed."),
    "file-outside-repository": ("error", "What is deployed comes from the repository alone, not through a symbolic link either."),
    "file-suffix": ("error", "The suffix decides the platform."),
    "file-empty": ("error", "An empty file is a mistake, not a workflow."),
    "file-too-large": ("error", "A file may have 50 MiB; a YAML file may hold a million values."),
    "file-lfs-pointer": ("error", "Git LFS left its pointer where the file should be: the platform would get three lines of text."),
    "file-merge-conflict": ("error", "A merge was committed half done."),
    "file-not-utf8": ("error", "Platforms read UTF-8."),
    "file-duplicate-key": ("error", "A key twice in one mapping: parsers disagree on which one wins."),
    "file-number": ("error", "A number that JSON cannot hold."),
    "file-too-deep": ("error", "Deep nesting crashes parsers."),
    "flow-nearly-json": ("error", "It starts like JSON and is not: the platform would refuse it (403202)."),
    "flow-not-an-object": ("error", "An export is one JSON object."),
    "flow-opaque": ("info", "Not JSON, an encrypted export perhaps: it is deployed as it is, and cannot be checked, drawn or compared."),
    "yaml-syntax": ("error", "It is not YAML."),
    "yaml-tab": ("error", "YAML indents with spaces."),
    "yaml-control-character": ("error", "YAML allows no control characters but tabs and line ends."),
    "yaml-several-documents": ("error", "One file holds one workflow."),
    "yaml-not-a-mapping": ("error", "A workflow is a mapping with `name`, `trigger` and `steps`."),
    "yaml-key": ("error", "Keys are text, as in JSON."),
    "yaml-merge-key": ("error", "Merge keys are YAML 1.1; parsers of YAML 1.2 read `<<` as a key."),
    "yaml-tag": ("error", "Tags make objects other than data; the platform takes data."),
    "yaml-alias": ("error", "An alias without an anchor, or inside the value that it repeats."),
    "yaml-alias-bomb": ("error", "Aliases of aliases that would fill the memory."),
    "manifest-unknown-key": ("error", "An unknown key would silently do nothing."),
    "manifest-missing-key": ("error", "A required key is missing."),
    "manifest-value": ("error", "A value of the wrong type or form."),
    "manifest-environment": ("error", "Environments are declared once, at the top, so that a typing error cannot make a new one."),
    "manifest-environment-missing": ("warning", "A workflow that most others' environment lacks may have been forgotten there."),
    "manifest-beside": ("warning", "Of `flowship.yml` and `flowship.yaml`, one is read."),
    "manifest-pattern": ("error", "A pattern names one workflow a file: which file has which name must be clear."),
    "manifest-no-match": ("error", "A pattern that matches no files ships nothing, unnoticed."),
    "manifest-key-missing": ("error", "Each environment names its own key: none is inherited, so that staging cannot reach production."),
    "manifest-key-name": ("error", "Keys are named here and given elsewhere; a value in a file is a leaked secret."),
    "manifest-source-platform": ("error", "The file's suffix, the platform named and the kind of target must agree."),
    "manifest-target-shared": ("error", "Two workflows on one target would overwrite each other."),
    "manifest-preview-key": ("error", "A preview may not write to a deploy's target."),
    "manifest-set-path": ("error", "`set` replaces existing values: a path that leads nowhere would silently do nothing."),
    "manifest-empty": ("warning", "A manifest without workflows deploys nothing."),
    "manifest-preview-missing": ("info", "Without preview settings a pull request only plans this workflow."),
    "manifest-evals-missing": ("info", "Without evals, a released workflow that answers worse goes unnoticed."),
    "manifest-source-shared": ("info", "Two names for one file are two workflows: a change reaches both, perhaps unintentionally."),
    "source-unnamed": ("info", "A definition file that no manifest names is never deployed."),
    "evals-unknown-key": ("error", "An unknown key would silently check nothing."),
    "evals-missing-key": ("error", "A required key is missing."),
    "evals-value": ("error", "A value of the wrong type or form."),
    "evals-name-twice": ("error", "Reports identify a case by its name: each name may occur once."),
    "evals-data": ("error", "A table that cannot be read, or that lacks a column which a case names."),
    "evals-key-name": ("error", "Keys are named here and given elsewhere; a value in a file is a leaked secret."),
    "evals-expect-nothing": ("warning", "A case without expectations and limits passes whatever the workflow answers."),
    "ignore-form": ("warning", "A comment to Flowship in the wrong form does nothing."),
    "ignore-reason": ("warning", "A later reader needs to know why a finding is ignored."),
    "ignore-unused": ("warning", "An ignore comment or entry that matches no finding, or no longer, hides future ones."),
    "rule-unknown": ("warning", "A name that is not a rule's configures nothing."),
}


def finding(rule: str, path: str, message: str, fix: str, span: Span | None = None) -> Finding:
    """A finding of one of those rules, with its severity."""
    return Finding(rule, RULES[rule][0], message, fix, path, span)


def findings_of(file: str, text: str, language: Language, diagnostics: Iterable[RuleDiagnostic]) -> list[Finding]:
    """Findings of those rules, with their severities, at their places in `text`."""
    return as_findings(file, text, language, [(rule, RULES[rule][0], diagnostic) for rule, diagnostic in diagnostics])


def as_findings(file: str, text: str, language: Language, diagnostics: Iterable[tuple[str, Severity, Diagnostic]]) -> list[Finding]:
    """Findings for (rule, severity, diagnostic) rows, at their places in `text`, which is read once more for all of them."""
    rows = list(diagnostics)
    paths = {row.path for _, _, row in rows} | {row.related[0] for _, _, row in rows if row.related}
    by_path = find_places(text, language, paths - {()}) if paths - {()} else {}
    parts = _ValueParts(text)
    findings = []
    for rule, severity, diagnostic in rows:
        place = by_path.get(diagnostic.path)
        if diagnostic.offsets:
            span: Span | None = parts.lines.span(*diagnostic.offsets)
        else:
            span = (parts.span(place, *diagnostic.within) if place and diagnostic.within else None) or _span(place, at_key=diagnostic.at_key)
        related = None
        if diagnostic.related:
            path, words = diagnostic.related
            related = Related(file, _span(by_path.get(path)), words)
        findings.append(Finding(rule, severity, diagnostic.message, diagnostic.fix, file, span, related))
    return findings


def _span(place: TextPlace | None, *, at_key: bool = False) -> Span | None:
    if place is None:
        return None
    return place.key if at_key and place.exact and place.key else place.short


class _ValueParts:
    """Spans inside the values of one text. Each value is mapped to its source once, however many findings are inside it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._origins: dict[int, list[int] | None] = {}

    @cached_property
    def lines(self) -> Lines:
        return Lines(self._text)

    def span(self, place: TextPlace, value: str, start: int, end: int) -> Span | None:
        """None when the text does not hold the value as such (an alias, a value laid over it)."""
        from deployer.formats.yaml.scalar import origins

        if place.start not in self._origins:
            self._origins[place.start] = origins(self._text[place.start : place.end], value) if place.exact else None
        offsets = self._origins[place.start]
        if not offsets:
            return None
        last = len(offsets) - 1
        return self.lines.span(place.start + offsets[min(start, last)], place.start + offsets[min(max(start, end - 1), last)] + 1)
