"""All expressions of a meinGPT workflow, checked once: their diagnostics by rule, and the rules that report them.

Nearly all are like `{{input.name}}`, and nearly all conditions compare one of these with a literal: a pattern recognises them, and
the parser is imported only for the others. What a text refers to is kept: the same texts occur in many files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice

from deployer.lint.rule import Diagnostic, Document, Rule, once_per_document
from deployer.lint.workflow.control_flow import ControlFlow, read_control_flow
from deployer.lint.workflow.texts import ExpressionText, read_templates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.model.choices import Severity

_SIMPLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*))?\s*\}\}")
_COMPARED = re.compile(r"""(?:\s*(?:[=!]=|[<>]=?)\s*(?:\d+(?:\.\d+)?|'[^'\\{]*'|"[^"\\{]*"|true|false))?\s*""")
_MAX_KEPT_CHARS = 1000
_MAX_KEPT_TEXTS = 4096
_MAX_KEPT_VARIABLES = 100
_MAX_COMPLEX_TEXTS = 1000
"""Of a file: once there are as many, the parser alone decides, which ends at a number of findings."""
_OPEN_ROOTS = ("input", "secrets", "env", "response")
_open_texts: tuple[set[str], set[str]] = set(), set()
"""Texts, and conditions, whose references are all to these: they are valid wherever no step has such a name."""


def expression_rule(name: str, severity: Severity, why: str) -> Rule:
    """The rule that reports the diagnostics of that name."""

    def check(document: Document) -> Iterable[Diagnostic]:
        return check_expressions(document).get(name, ())

    return Rule(name, severity, why, check)


@once_per_document
def check_expressions(document: Document) -> Mapping[str, list[Diagnostic]]:
    """The diagnostics of all expressions, by rule."""
    flow = read_control_flow(document)
    variables = document.data.get("variables")
    complex_texts: list[tuple[ExpressionText, bool]] = []
    has_open_roots = flow.ids.keys().isdisjoint(_OPEN_ROOTS)
    for text in read_templates(document):
        path, value, step, _, _ = text
        is_condition = path[-1] == "condition" and step >= 0 and flow.is_condition(step)
        if has_open_roots and value in _open_texts[is_condition]:
            continue
        read = _read_references if len(value) <= _MAX_KEPT_CHARS else _read_references.__wrapped__
        reads_variables = "variables" in value
        known = _read_types(document) if reads_variables else ()
        references = read(value, is_condition, known) if len(complex_texts) < _MAX_COMPLEX_TEXTS else None
        if references is None or not _are_valid(flow, variables, step, references):
            complex_texts.append((text, is_condition))
        elif not reads_variables and len(value) <= _MAX_KEPT_CHARS and all(root in _OPEN_ROOTS for root, _, _ in references):
            _keep_open_text(value, is_condition)
    if not complex_texts:
        return {}
    from deployer.lint.expression.analysis import ExpressionAnalysis

    analysis = ExpressionAnalysis(document, flow)
    for text, is_condition in complex_texts:
        (analysis.check_condition if is_condition else analysis.check_text)(text)
        if analysis.is_full:
            break
    return analysis.diagnostics


def _keep_open_text(value: str, is_condition: bool) -> None:
    texts = _open_texts[is_condition]
    if len(texts) >= _MAX_KEPT_TEXTS:
        texts.clear()
    texts.add(value)


@once_per_document
def _read_types(document: Document) -> tuple[tuple[str, object], ...]:
    """The variables that are neither a list nor a mapping, each with a value of its type: alike in many files."""
    variables = document.data.get("variables")
    types: list[tuple[str, object]] = []
    for name, value in islice(variables.items(), _MAX_KEPT_VARIABLES) if isinstance(variables, dict) else ():
        if isinstance(value, str):
            types.append((name, "{{" if "{{" in value else ""))
        elif value is None or isinstance(value, bool):
            types.append((name, value))
        elif isinstance(value, int | float):
            types.append((name, 0.5))  # equal to neither true nor false
    return tuple(types)


@lru_cache(maxsize=_MAX_KEPT_TEXTS)
def _read_references(value: str, is_condition: bool, variables: tuple[tuple[str, object], ...]) -> tuple[tuple[Any, ...], ...] | None:
    """The references (root, member, further members) of a text that has no finding where these are valid; None for every other text."""
    if is_condition:
        text = value.lstrip()
        reference = _SIMPLE.match(text)
        if reference and reference[1] != "variables" and _COMPARED.fullmatch(text, reference.end()):
            return (reference.groups(),)
    else:
        chains = _SIMPLE.findall(value)
        if len(chains) == value.count("{{"):
            return tuple(chains)
    from deployer.lint.expression import analysis
    from deployer.lint.expression.template import parse_parts

    if is_condition:
        return analysis.references_of_condition(value, variables)
    references: list[tuple[Any, ...]] = []
    for part in parse_parts(value):
        simple = _SIMPLE.fullmatch(value, part.start - 2, part.start + len(part.text) + 2)
        of_part = (simple.groups(),) if simple else analysis.references_of_part(part, variables)
        if of_part is None:
            return None
        references += of_part
    return tuple(references)


def _are_valid(flow: ControlFlow, variables: object, reader: int, references: Iterable[tuple[Any, ...]]) -> bool:
    """Whether these references (root, member, further members) are certainly valid. False means that the parser has to decide."""
    for root, member, more in references:
        places = flow.ids.get(root)
        if places:
            if places[-1] >= reader or (len(places) == 1 and flow.find_excluding_condition(places[0], reader) >= 0):
                return False
        elif root == "variables":
            if more or not isinstance(variables, dict) or member not in variables:
                return False
        elif root not in _OPEN_ROOTS and not (root == "item" and reader >= 0 and flow.steps[reader].loop):
            return False
    return True
