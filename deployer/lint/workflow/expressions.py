"""All expressions of a meinGPT workflow, read once: what is wrong with them, by rule.

Nearly all are like `{{input.name}}`, and nearly all conditions compare one of these with a literal: a pattern finds them, and what
reads the rest is imported only when there is a rest.
"""

import re
from collections.abc import Mapping
from typing import Any

from deployer.lint.rule import Diagnostic, Document
from deployer.lint.workflow.control_flow import ControlFlow, order
from deployer.lint.workflow.texts import templates

_CHAIN = r"\{\{\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*))?\s*\}\}"
_SIMPLE = re.compile(_CHAIN)
_COMPARISON = re.compile(rf"""\s*{_CHAIN}(?:\s*(?:[=!]=|[<>]=?)\s*(?:\d+(?:\.\d+)?|'[^'\\{{]*'|"[^"\\{{]*"|true|false))?\s*""")
_OPEN = ("input", "secrets", "env", "response")


def problems(document: Document, rule: str) -> tuple[Diagnostic, ...]:
    """What that rule has to say about the expressions of the document."""
    if "expressions" not in document.memo:
        document.memo["expressions"] = _read(document)
    found: Mapping[str, list[Diagnostic]] = document.memo["expressions"]
    return tuple(found.get(rule, ()))


def _read(document: Document) -> Mapping[str, list[Diagnostic]]:
    known = order(document)
    variables = document.data.get("variables")
    rest = []
    for text in templates(document):
        if text.path[-1] == "condition" and text.step >= 0 and known.is_condition(text.step):
            simple = _COMPARISON.fullmatch(text.value)
            if simple is None or simple[1] == "variables" or not _are_fine(known, variables, text.step, [simple.groups()]):
                rest.append((text, True))
        else:
            found = _SIMPLE.findall(text.value)
            if len(found) != text.value.count("{{") or not _are_fine(known, variables, text.step, found):
                rest.append((text, False))
    if not rest:
        return {}
    from deployer.lint.expression.scopes import ExpressionReading

    reading = ExpressionReading(document, known)
    for text, is_condition in rest:
        (reading.condition if is_condition else reading.text)(text)
        if reading.is_enough:
            break
    return reading.found


def _are_fine(known: ControlFlow, variables: object, reader: int, found: list[tuple[Any, ...]]) -> bool:
    """Whether these (root, member, what follows) need no closer look; False says nothing."""
    for root, member, more in found:
        places = known.ids.get(root)
        if places:
            if places[-1] >= reader or reader in known.heads:
                return False
        elif root == "variables":
            if more or not isinstance(variables, dict) or member not in variables:
                return False
        elif root not in _OPEN and not (root == "item" and reader >= 0 and known.steps[reader].loop):
            return False
    return True
