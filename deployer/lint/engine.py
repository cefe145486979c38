"""The linter's engine: runs every rule on every document and collects all findings in one run.

Rules are imported only for the formats that occur, and of these only the rules that can find something there: each import costs start-up time.
Positions are looked up in one pass over a text, and only when it has findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from deployer.formats import known_formats
from deployer.formats.diagnostic import Diagnostic, as_findings
from deployer.lint.rule import Document, Format, Rule
from deployer.lint.rules import RULES, SUBJECTS
from deployer.model.finding import Finding, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.model.choices import Severity
    from deployer.model.workflow import Source

    _Row = tuple[str, Severity, Diagnostic]

MAX_FINDINGS_PER_RULE = 1000
"""In one file: the limit keeps a file of a million broken values from taking an hour."""
REST_HIDDEN = "Correct these first: the others are not shown."

_loaded: dict[Format, tuple[Rule, ...]] = {}
_finders: dict[Format, Callable[[Document], frozenset[str]]] = {}
_relevant: dict[tuple[Format, frozenset[str]], tuple[Rule, ...]] = {}
"""The rules that can find something in documents with these subjects."""


def lint_sources(sources: Iterable[Source]) -> tuple[Finding, ...]:
    """The findings of all rules on these definitions, sorted and without duplicates."""
    by_path = {source.path: source for source in reversed(list(sources))}
    return in_order([finding for source in by_path.values() for finding in lint_source(source)])


def lint_source(source: Source) -> list[Finding]:
    """The findings of all rules on one definition; none for an opaque file, which cannot be parsed."""
    document = Document(source)
    if document.data is None:
        return []
    rules = _rules_for(document)
    rows: list[_Row] = []
    for rule in rules:
        for diagnostic in rule.check(document):
            rows.append((rule.name, rule.severity, diagnostic))
            if len(rows) > MAX_FINDINGS_PER_RULE:
                break
    if len(rows) > MAX_FINDINGS_PER_RULE:
        rows = [row for rule in rules for row in _limited_rows(rule, document)]
    return as_findings(source.path, document.text, document.language, rows) if rows else []


def _rules_for(document: Document) -> tuple[Rule, ...]:
    """The rules that can find something in the document. Files are many, and their sets of subjects few."""
    form = document.format
    if form not in SUBJECTS:
        return load_rules(form)
    if form not in _finders:
        _finders[form] = _imported(SUBJECTS[form], "find_subjects")
    key = form, _finders[form](document)
    if key not in _relevant:
        names = [name for name, subjects in RULES[form].items() if not subjects or not key[1].isdisjoint(subjects)]
        _relevant[key] = tuple(map(_load_rule, names))
    return _relevant[key]


def _limited_rows(rule: Rule, document: Document) -> Iterator[_Row]:
    """At most `MAX_FINDINGS_PER_RULE` rows of one rule, then one that states that there are more."""
    diagnostics = list(islice(rule.check(document), MAX_FINDINGS_PER_RULE + 1))
    yield from ((rule.name, rule.severity, diagnostic) for diagnostic in diagnostics[:MAX_FINDINGS_PER_RULE])
    if len(diagnostics) > MAX_FINDINGS_PER_RULE:
        yield rule.name, rule.severity, Diagnostic((), f"There are more than {MAX_FINDINGS_PER_RULE:,} of these in this file.", REST_HIDDEN)


def add_rules(form: Format, rules: Sequence[Rule]) -> None:
    """Makes these the rules of a format that another package adds; each file is searched for secrets besides."""
    _loaded[form] = (*rules, _load_rule("secret_literal"))


def load_rules(form: Format) -> tuple[Rule, ...]:
    """The rules for one format, in the registry's order."""
    if form not in _loaded:
        _loaded[form] = tuple(map(_load_rule, RULES[form]))
    return _loaded[form]


def _load_rule(name: str) -> Rule:
    rule: Rule = _imported(f"deployer.lint.rules.{name}", "RULE")
    return rule


def _imported(module: str, name: str) -> Any:
    """What that module has under the name. Not by `importlib`: its own import would take a start longer than three rules."""
    return getattr(__import__(module, fromlist=(name,)), name)


def load_all_rules() -> tuple[Rule, ...]:
    """Every rule once, sorted by name: for documentation, editors and reports."""
    known_formats.all_formats()  # also of packages: with that their rules are known
    by_name = {rule.name: rule for form in dict.fromkeys((*RULES, *_loaded)) for rule in load_rules(form)}
    return tuple(by_name[name] for name in sorted(by_name))
