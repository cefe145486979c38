"""The linter's engine: every rule on every document, all findings in one go.

Rules are read in only for the formats that occur, since each file read costs start-up time. Places are looked up in
one pass over a text, and only when something was found.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice

from deployer.formats.problem import Diagnostic, as_findings
from deployer.lint.rule import Document, Format, Rule
from deployer.lint.rules import RULES
from deployer.model.finding import Finding, Severity, in_order
from deployer.model.workflow import Source

MOST = 1000
"""Findings of one rule in one file."""
OTHERS = "Correct these first: the others are not shown."

Row = tuple[str, Severity, Diagnostic]

_loaded: dict[Format, tuple[Rule, ...]] = {}


def check(sources: Iterable[Source]) -> tuple[Finding, ...]:
    """The findings of all rules on those definitions, sorted, each once. Opaque files have none: they cannot be looked into."""
    once = {source.path: source for source in reversed(list(sources))}
    return in_order([each for source in once.values() for each in findings_in(source)])


def findings_in(source: Source) -> list[Finding]:
    return [] if source.definition is None else _check(Document(source))


def _check(document: Document) -> list[Finding]:
    problems: list[Row] = []
    for rule in rules(document.format):
        for problem in rule.check(document):
            problems.append((rule.name, rule.severity, problem))
            if len(problems) > MOST:
                break
    if len(problems) > MOST:
        problems = [row for rule in rules(document.format) for row in _most(rule, document)]
    return as_findings(document.source.path, document.text, document.language, problems) if problems else []


def _most(rule: Rule, document: Document) -> Iterator[Row]:
    """What one rule finds, as far as anybody would read it: a broken file of a million values must not take an hour to tell."""
    found = list(islice(rule.check(document), MOST + 1))
    yield from ((rule.name, rule.severity, problem) for problem in found[:MOST])
    if len(found) > MOST:
        yield rule.name, rule.severity, Diagnostic((), f"There are more than {MOST:,} of these in this file.", OTHERS)


def rules(form: Format) -> tuple[Rule, ...]:
    """The rules for one format, in the registry's order."""
    if form not in _loaded:
        _loaded[form] = tuple(import_module(f"deployer.lint.rules.{name}").RULE for name in RULES[form])
    return _loaded[form]


def all_rules() -> tuple[Rule, ...]:
    """Every rule once, by name: for documentation, and for editors and reports that list them."""
    by_name = {rule.name: rule for form in RULES for rule in rules(form)}
    return tuple(by_name[name] for name in sorted(by_name))
