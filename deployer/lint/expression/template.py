"""Texts with `{{…}}`: the place of each expression, and the two ways to parse a field.

In most fields each `{{…}}` is an expression of its own. A condition is one expression with each `{{…}}` as an operand, as the page
shows: `{{ai_step.output.score}} > 0.8`.
"""

from __future__ import annotations

from functools import lru_cache

from deployer.lint.expression.lexer import OPERAND, OPERAND_START
from deployer.lint.expression.nodes import ExpressionNode, ExpressionProblem
from deployer.lint.expression.parser import parse
from deployer.model.named_tuple import NamedTuple

MAX_CACHED_CHARS = 300
MAX_QUOTED_CHARS = 300
MAX_ENDS = 8
"""Of `}}` that are tried as the end of an expression in which braces stand."""


class TemplatePart(NamedTuple):
    """One expression: its text without braces begins at `start` in the value. The offsets of nodes and problem are relative to it.

    `outer`: the text outside the braces of a condition, in which each `{{…}}` is one operand.
    """

    start: int
    text: str
    nodes: tuple[ExpressionNode, ...]
    problem: ExpressionProblem | None
    outer: bool = False


_parse_cached = lru_cache(maxsize=4096)(parse)  # many workflows use the same few expressions


def parse_parts(value: str) -> list[TemplatePart]:
    """The expressions between braces, in order."""
    parts: list[TemplatePart] = []
    last = 0
    for start, end in find_expression_spans(value):
        if start - 2 >= last:
            part = _parse_part(value, start, end)
            parts.append(part)
            last = part.start if end < 0 and part.problem else part.start + len(part.text)
    return parts


def parse_condition(value: str) -> list[TemplatePart]:
    """The expressions between braces, then the condition as a whole. A condition in one pair of braces is that expression alone."""
    if not value.strip():
        return []
    inner = parse_parts(value)
    if any(part.problem for part in inner):  # one mistake, one finding
        return inner
    spans = [(part.start, part.start + len(part.text)) for part in inner]
    if len(spans) == 1 and value[: spans[0][0]].strip() == "{{" and value[spans[0][1] :].strip() == "}}":
        return inner
    pieces = []
    last = 0
    for start, end in spans:
        pieces += [_without_operands(value[last : start - 2]), OPERAND_START, OPERAND * (end - start + 3)]
        last = end + 2
    outer = "".join((*pieces, _without_operands(value[last:])))
    return [*inner, TemplatePart(0, value, *_parse(outer), outer=True)]


def _without_operands(text: str) -> str:
    return text.replace(OPERAND_START, "?").replace(OPERAND, "?")


def find_expression_spans(value: str) -> list[tuple[int, int]]:
    """[start, end) between each `{{` and its `}}`; end is -1 when it is not closed. A `}}` in quotes does not close."""
    spans = []
    start = value.find("{{") + 2
    while start > 1:
        while value[start : start + 1] == "{":  # of `{{{`, as in JSON, the inner two open
            start += 1
        following = value.find("{{", start)
        limit = following if following >= 0 else len(value)
        end = value.find("}}", start, limit)
        if end >= 0 and ('"' in value[start:end] or "'" in value[start:end]):
            end = _unquoted_end(value, start, limit, end)
        if end < 0 and following >= 0:
            end = _end_after_quoted_braces(value, start, following)
        spans.append((start, end))
        start = value.find("{{", max(start, end)) + 2
    return spans


def _unquoted_end(value: str, start: int, limit: int, first: int) -> int:
    """The first `}}` outside quotes, or the first one when quotes do not pair up before `limit`."""
    at = start
    while at < limit:
        character = value[at]
        if character in "'\"":
            at = _closing_quote(value, at, limit)
            if at < 0:
                return first
        elif character == "}" and value[at + 1 : at + 2] == "}":
            return at
        at += 1
    return first


def _closing_quote(value: str, at: int, limit: int) -> int:
    """The closing quote of the text that begins at `at`; -1 when there is none before `limit`."""
    quote = value[at]
    end = at + 1
    while end < limit and value[end] != quote:
        end += 2 if value[end] == "\\" else 1
    return end if end < limit else -1


def _end_after_quoted_braces(value: str, start: int, following: int) -> int:
    """The end of an expression in which a text holds `{{`; -1 when the expression is not closed before `following`."""
    text = value[start:following]
    if text.count('"') % 2 == 0 and text.count("'") % 2 == 0:
        return -1
    return value.find("}}", following, following + MAX_QUOTED_CHARS)


def _parse_part(value: str, start: int, end: int) -> TemplatePart:
    part = _parse_span(value, start, end)
    is_wrong = part.problem is not None and part.problem.rule == "expression-syntax"
    if is_wrong and (value[:start].endswith("{{{") or any(sign in value[start:end] for sign in "{`/")):
        return _parse_further(value, start, end) or part
    return part


def _parse_span(value: str, start: int, end: int) -> TemplatePart:
    if end < 0:
        return TemplatePart(start - 2, value, (), ExpressionProblem("expression-syntax", "This `{{` is not closed.", "Add the `}}`.", 0, 2))
    text = value[start:end]
    return TemplatePart(start, text, *_parse(text))


def _parse(text: str) -> tuple[tuple[ExpressionNode, ...], ExpressionProblem | None]:
    return _parse_cached(text) if len(text) <= MAX_CACHED_CHARS else parse(text)


def _parse_further(value: str, start: int, end: int) -> TemplatePart | None:
    """The expression with braces of its own, as in `{{ {a: {b: 1}} }}` and `{{{a: 1}}}`: up to the first `}}` that makes it one."""
    for opening in (start, start - 1) if value[:start].endswith("{{{") else (start,):
        closing = max(start, end) - 1
        for _ in range(MAX_ENDS):
            closing = value.find("}}", closing + 1, opening + MAX_QUOTED_CHARS)
            if closing < 0:
                break
            part = _parse_span(value, opening, closing)
            if not part.problem:
                return part
    return None
