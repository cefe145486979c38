"""Text with `{{…}}` in it: where each expression stands, and the two readings of a field.

In most fields each `{{…}}` is an expression of its own. A condition is one expression of which each `{{…}}` is an operand, as
the page shows: `{{ai_step.output.score}} > 0.8`.
"""

from functools import lru_cache
from typing import NamedTuple

from deployer.lint.expression.lexer import OPERAND
from deployer.lint.expression.nodes import ExpressionNode, Mistake
from deployer.lint.expression.parser import parse

LONGEST_KEPT = 300
LONGEST_QUOTED = 300


class TemplatePart(NamedTuple):
    """One expression: its text without braces begins at `start` in the value. Offsets of nodes and mistake are from there.

    `outer` for what stands outside the braces of a condition, where each `{{…}}` is one operand.
    """

    start: int
    text: str
    nodes: tuple[ExpressionNode, ...]
    mistake: Mistake | None
    outer: bool = False


_kept = lru_cache(maxsize=4096)(parse)


def _parse(text: str) -> tuple[tuple[ExpressionNode, ...], Mistake | None]:
    """The same few expressions stand in many workflows."""
    return _kept(text) if len(text) <= LONGEST_KEPT else parse(text)


def parts(value: str) -> list[TemplatePart]:
    """The expressions between braces, in order."""
    return [_part(value, start, end) for start, end in stretches(value)]


def condition(value: str) -> list[TemplatePart]:
    """The expressions between braces, then the condition as a whole. A condition in one pair of braces is that expression alone."""
    if not value.strip():
        return []
    spans = stretches(value)
    inner = [_part(value, start, end) for start, end in spans]
    if len(spans) == 1 and value[: spans[0][0]].strip() == "{{" and value[spans[0][1] :].strip() == "}}":
        return inner
    if any(part.mistake for part in inner):  # one mistake, one finding
        return inner
    pieces = []
    last = 0
    for start, end in spans:
        pieces += [value[last : start - 2].replace(OPERAND, "?"), OPERAND * (end - start + 4)]
        last = end + 2
    outer = "".join((*pieces, value[last:].replace(OPERAND, "?")))
    return [*inner, TemplatePart(0, value, *parse(outer), outer=True)]


def stretches(value: str) -> list[tuple[int, int]]:
    """[start, end) between each `{{` and its `}}`; end is -1 where there is none. A `}}` in quotes does not close."""
    found = []
    start = value.find("{{") + 2
    while start > 1:
        while value[start : start + 1] == "{":  # in `{{{`, as JSON in a text may have it, the inner two open
            start += 1
        following = value.find("{{", start)
        limit = following if following >= 0 else len(value)
        end = value.find("}}", start, limit)
        if end >= 0 and ('"' in value[start:end] or "'" in value[start:end]):
            end = _unquoted_end(value, start, limit, end)
        if end < 0 and following >= 0:
            end = _over_quoted_braces(value, start, following)
        found.append((start, end))
        start = value.find("{{", max(start, end)) + 2
    return found


def _unquoted_end(value: str, start: int, limit: int, first: int) -> int:
    """The first `}}` outside quotes, or just the first when quotes do not pair up before `limit`."""
    at = start
    while at < limit:
        character = value[at]
        if character in "'\"":
            at = _closing(value, at, limit)
            if at < 0:
                return first
        elif character == "}" and value[at + 1 : at + 2] == "}":
            return at
        at += 1
    return first


def _closing(value: str, at: int, limit: int) -> int:
    """Where the text that begins at `at` is closed; -1 for nowhere before `limit`."""
    quote = value[at]
    end = at + 1
    while end < limit and value[end] != quote:
        end += 2 if value[end] == "\\" else 1
    return end if end < limit else -1


def _over_quoted_braces(value: str, start: int, following: int) -> int:
    """The end of an expression in which a text holds `{{`; -1 when the braces before `following` are just not closed."""
    before = value[start:following]
    if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
        return -1
    return value.find("}}", following, following + LONGEST_QUOTED)


def _part(value: str, start: int, end: int) -> TemplatePart:
    if end < 0:
        return TemplatePart(start - 2, value, (), Mistake("This `{{` is not closed.", "Add the `}}`.", 0, 2))
    text = value[start:end]
    return TemplatePart(start, text, *_parse(text))
