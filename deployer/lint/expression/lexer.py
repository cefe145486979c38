"""The lexer: expression text to tokens, which are names, numbers, quoted texts and signs (docs/contracts/meingpt.md, "Expressions")."""

import re

from deployer.formats.quoting import shown
from deployer.lint.expression.nodes import ExpressionProblem, ExpressionSyntaxError, Token, TokenKind

OPERAND = "\ue000"
"""Replaces each character of a `{{…}}` inside a condition: a private-use character, so that offsets stay the same."""

_SIGNS = r"&&|\|\||[=!]=(?!=)|[<>]=?|[-+*/%!?:.,()\[\]]"
# Linear: no alternative can match in two ways, and no text's end is searched twice.
_TOKEN = re.compile(
    rf"""(?P<name>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<text>"[^"\\]*(?:\\[\s\S][^"\\]*)*"|'[^'\\]*(?:\\[\s\S][^'\\]*)*')"""
    rf"|(?P<operand>{OPERAND}+)|(?P<space>\s+)|(?P<odd>[=!]==|\?\?|\?\.(?!\d)|=>)|(?P<sign>{_SIGNS})|(?P<rest>[\s\S])"
)
_KINDS: dict[str, TokenKind] = {"name": "name", "number": "number", "text": "text", "operand": "operand", "sign": "sign", "odd": "odd", "rest": "odd"}


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression, and one of kind `end`. Raises ExpressionSyntaxError for a quote that is not closed."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        if match[0] in ("'", '"'):
            message = f"The quote {shown(match[0])} is not closed."
            fix = "Close it with the same kind of quote."
            raise ExpressionSyntaxError(ExpressionProblem("expression-syntax", message, fix, match.start(), match.end()))
        tokens.append(Token(_KINDS[kind], match[0], match.start(), match.end()))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def unquote(text: str) -> str:
    """The value of a text token: without its quotes, and with `\\n`, `\\t`, `\\r` and other escapes resolved."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return re.sub(r"\\([\s\S])", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), inner)
