"""Expression text to tokens: names, numbers, texts in single or double quotes, and signs (docs/contracts/meingpt.md, "Expressions")."""

import re

from deployer.formats.quoting import shown
from deployer.lint.expression.nodes import Mistake, MistakeError, Token, TokenKind

OPERAND = "\ue000"
"""Stands for each character of a `{{…}}` inside a condition: a character for private use, so that offsets stay as they are."""

_SIGNS = r"&&|\|\||[=!]=(?!=)|[<>]=?|[-+*/%!?:.,()\[\]]"
# No text's end is looked for twice, and nothing can match in two ways: linear.
_TOKEN = re.compile(
    rf"""(?P<name>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<text>"[^"\\]*(?:\\[\s\S][^"\\]*)*"|'[^'\\]*(?:\\[\s\S][^'\\]*)*')"""
    rf"|(?P<operand>{OPERAND}+)|(?P<space>\s+)|(?P<odd>[=!]==|\?\?|\?\.(?!\d)|=>)|(?P<sign>{_SIGNS})|(?P<rest>[\s\S])"
)
_KINDS: dict[str, TokenKind] = {"name": "name", "number": "number", "text": "text", "operand": "operand", "sign": "sign", "odd": "odd", "rest": "odd"}


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, and one of kind `end`. Raises MistakeError for a quote that is not closed."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        if match[0] in ("'", '"'):
            message = f"The quote {shown(match[0])} is not closed."
            raise MistakeError(Mistake(message, "Close it with the same kind of quote.", match.start(), match.end()))
        found.append(Token(_KINDS[kind], match[0], match.start(), match.end()))
    found.append(Token("end", "", len(text), len(text)))
    return found


def unquoted(text: str) -> str:
    """What a text token means: without its quotes, a backslash makes the next character itself, `\\n` and `\\t` as everywhere."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return re.sub(r"\\([\s\S])", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), inner)
