"""The parser: tokens to nodes in postfix order, by operator precedence, in linear time and with a limit on nesting.

The language is what the page shows (docs/contracts/meingpt.md, "Expressions"): member and index access, arithmetic, comparison,
the ternary, texts, numbers; `&&`, `||`, `!`, parentheses and `true`, `false`, `null` belong to these in every such language.
All of it is JavaScript. Other JavaScript is `unproven`, since the page may be incomplete, and a parser of JavaScript reads it; what is no
JavaScript either is a syntax error.
"""

from __future__ import annotations

from deployer.formats.quoting import shown
from deployer.lint.expression.lexer import RESERVED_WORDS, tokenize, unquote
from deployer.lint.expression.nodes import ExpressionNode, ExpressionProblem, NotShownError, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from deployer.lint.expression.nodes import NodeKind

MAX_DEPTH = 100
"""Of parentheses, indexes and ternaries; more is left to the parser of JavaScript, which has a limit of its own."""

_LITERALS = {"true": True, "false": False, "null": None}
_PRECEDENCE = {
    "?": 1,
    "||": 2,
    "&&": 3,
    **dict.fromkeys(("==", "!="), 4),
    **dict.fromkeys(("<", "<=", ">", ">="), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "%"), 7),
}
_REPLACEMENTS = {
    "and": "&&", "or": "||", "not": "!", "===": "==", "!==": "!=", "=": "==", "eq": "==", "ne": "!=", "gt": ">", "lt": "<", "gte": ">=", "lte": "<=",
    "is": "==",
}  # fmt: skip
_OPERATOR_WORDS = frozenset(
    (*_REPLACEMENTS, *["in", "contains", "matches", "startsWith", "endsWith", "starts_with", "ends_with", "includes", "if", "then", "else"])
)
_FIXES = {
    **{sign: f"Write `{replacement}`." for sign, replacement in _REPLACEMENTS.items()},
    "|": "Filters are not on the page: compute the value in a step of its own.",
    "?.": "Write `.`.",
    "??": "Write the choice as `a ? a : b`.",
}
_BLOCKS = (">", "#", "^", "&")
_ELSEWHERE = "Compute the value in a step of its own."


def _quoted(token: Token) -> str:
    return "`{{…}}`" if token.kind == "operand" else shown(token.text)


def parse(text: str) -> tuple[tuple[ExpressionNode, ...], ExpressionProblem | None]:
    """The nodes of the expression in postfix order, or why it cannot be parsed. Never raises."""
    tokens = tokenize(text)
    if len(tokens) == 1:
        fix = "Name a value, such as `input.message`, or remove the braces."
        return (), ExpressionProblem("expression-syntax", "There is nothing between the braces.", fix, 0, len(text))
    try:
        return _Parser(tokens).parse(), None
    except NotShownError as error:
        from deployer.lint.expression.javascript import parse_javascript

        return parse_javascript(text, error)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.nodes: list[ExpressionNode] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def add_node(self, kind: NodeKind, value: object, token: Token) -> None:
        self.nodes.append(ExpressionNode(kind, value, token.start, token.end))

    def parse(self) -> tuple[ExpressionNode, ...]:
        closes_block = self.token.text == "/" and [token.kind for token in self.tokens[1:]] == ["name", "end"]
        if self.token.text in _BLOCKS or closes_block:
            message = f"An expression cannot begin with {shown(self.token.text)}: the platform's page shows no blocks."
            self.fail(self.token, message, "Name a value, such as `input.message`.", reached=self.tokens[-1].end)
        self.parse_expression(1)
        if self.token.kind != "end":
            self.fail_after_end(self.token)
        return tuple(self.nodes)

    def parse_expression(self, min_precedence: int) -> None:
        """An operand, and each operator after it of at least that precedence."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(self.token, f"This expression is nested more than {MAX_DEPTH} deep.", "Compute a part of it in a step of its own.")
        self.parse_operand()
        while (token := self.token).kind == "sign" and _PRECEDENCE.get(token.text, 0) >= min_precedence:
            self.at += 1
            if token.text == "?":
                self.parse_expression(1)
                self.expect(":", "`:` and the other value are missing after this `?`.", "Write `test ? value : other`.", token)
                self.parse_expression(1)
                self.add_node("ternary", "?", token)
            else:
                self.parse_expression(_PRECEDENCE[token.text] + 1)
                self.add_node("binary", token.text, token)
        self.depth -= 1

    def parse_operand(self) -> None:
        signs = []
        while self.token.kind == "sign" and self.token.text in ("!", "-", "+"):
            signs.append(self.advance())
        self.parse_primary()
        self.parse_accesses()
        for sign in reversed(signs):
            self.add_node("unary", sign.text, sign)

    def parse_primary(self) -> None:
        token = self.advance()
        if token.kind == "name" and token.text in _LITERALS:
            self.add_node("literal", _LITERALS[token.text], token)
        elif token.kind in ("name", "operand"):
            self.parse_name(token)
        elif token.kind == "number":
            self.add_node("literal", float(token.text), token)
        elif token.kind == "text":
            self.add_node("literal", unquote(token.text), token)
        elif token.text == "(":
            self.parse_expression(1)
            self.expect(")", "This `(` is not closed.", "Add the `)`.", token)
        else:
            self.fail_without_operand(token)

    def parse_name(self, token: Token) -> None:
        following = self.token
        if token.text in _REPLACEMENTS and following.kind in ("name", "operand", "number", "text"):
            self.fail_at_operator(token, reached=following.start)
        if token.text in RESERVED_WORDS and (token.text in ("this", "new", "super", "import") or (following.text != "." and following.kind != "end")):
            self.at -= 1
            message = f"{shown(token.text)} is a word of JavaScript's own, and no value here."
            self.fail(token, message, "Name a value, such as `input.message`; text goes in quotes.")
        self.add_node("name" if token.kind == "name" else "operand", token.text, token)

    def parse_accesses(self) -> None:
        """Any number of `.name` and `[index]`."""
        while self.token.text in (".", "[", "("):
            sign = self.advance()
            if sign.text == "(":
                self.at -= 1
                self.fail(sign, "This call is no JavaScript.", _ELSEWHERE, reached=sign.start - 1)
            elif sign.text == "[":
                self.parse_expression(1)
                self.expect("]", "This `[` is not closed.", "Add the `]`.", sign)
                self.add_node("index", "[", sign)
            elif self.token.kind == "name":
                name = self.advance()
                self.add_node("member", name.text, name)
            elif self.token.kind == "odd":
                self.fail(self.token, f"{_quoted(self.token)} is no name of a member.", "Write it in brackets: `['name']`.")
            else:
                self.fail(sign, "A name is missing after this `.`.", "Write `.name`, or remove the `.`.")

    def expect(self, text: str, message: str, fix: str, opener: Token) -> None:
        if self.token.kind == "sign" and self.token.text == text:
            self.at += 1
        elif self.token.kind == "end":
            self.fail(opener, message, fix)
        elif self.token.text in _PRECEDENCE or self.token.text in (")", "]", ":", ","):
            self.fail(self.token, f"{shown(self.token.text)} is in the place of {shown(text)}.", fix)
        else:
            self.fail_after_end(self.token)

    def fail_without_operand(self, token: Token) -> None:
        self.at -= 1
        previous = self.tokens[self.at - 1] if self.at else None
        if token.kind == "odd":
            self.fail_at_odd(token)
        if token.kind == "end" and previous is not None:
            self.fail(previous, f"A value is missing after {_quoted(previous)}.", "Add it, or remove the operator.")
        self.fail(token, f"A value is missing before {_quoted(token)}.", "Add it, or remove the operator.")

    def fail_after_end(self, token: Token) -> None:
        """A token follows a complete expression."""
        if token.kind == "odd":
            self.fail_at_odd(token)
        if token.text in _OPERATOR_WORDS:
            self.fail_at_operator(token)
        if token.text in (")", "]"):
            self.fail(token, f"This {_quoted(token)} closes nothing.", "Remove it.")
        if token.text in (",", ":"):
            self.fail(token, f"{_quoted(token)} has no meaning here.", "Remove it.")
        self.fail(token, f"An operator is missing before {_quoted(token)}.", "Add it; text goes in quotes.")

    def fail_at_odd(self, token: Token) -> None:
        if token.text in ("'", '"'):
            self.fail(token, f"The quote {_quoted(token)} is not closed.", "Close it with the same kind of quote.")
        if token.text == "`":
            self.fail(token, "This text in backquotes is not closed, or has a `${…}` that cannot be read.", "Use quotes, and join texts with `+`.")
        if token.text[0] in "'\"":
            self.fail(
                token, f"{_quoted(token)} is no text: it has an unknown escape, or a line's end.", "Write the line's end as `\\n`.", reached=token.end
            )
        if token.text[0].isdigit():
            self.fail(token, f"{_quoted(token)} is no number.", "Write it like `10` or `0.5`; text goes in quotes.", reached=token.end)
        if token.text in _REPLACEMENTS:
            self.fail_at_operator(token)
        if token.text[0] == "." and token.text[1:].isdigit():
            self.fail(token, "A name is missing after this `.`.", f"Write `[{token.text[1:]}]`.")
        self.fail(token, f"{_quoted(token)} has no meaning here.", _FIXES.get(token.text, "Remove it; text goes in quotes."))

    def fail_at_operator(self, token: Token, reached: int | None = None) -> None:
        replacement = _REPLACEMENTS.get(token.text)
        fix = f"Write {shown(replacement)}." if replacement else "Compare with `==`, `!=`, `<`, `>`, or compute it in a step of its own."
        self.fail(token, f"There is no operator {_quoted(token)}.", fix, reached)

    def fail(self, token: Token, message: str, fix: str, reached: int | None = None) -> NoReturn:
        """Reports the problem at that token. What the page does not show is the token at which the parser stands."""
        stop = self.token
        problem = ExpressionProblem("expression-syntax", message, fix, token.start, token.end)
        raise NotShownError(problem, stop, _FIXES.get(stop.text, _ELSEWHERE), stop.start if reached is None else reached)
