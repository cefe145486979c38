"""Tokens to nodes in postfix order: an operator-precedence parser with a limit on nesting, in linear time.

The language is what the page shows (docs/contracts/meingpt.md, "Expressions"): member and index access, arithmetic, comparison,
the ternary, texts, numbers; `&&`, `||`, `!`, parentheses and `true`, `false`, `null` go with these in every such language.
What other languages have besides (calls, filters, `and`) is not called wrong: the page does not say that it is complete.
"""

from deployer.formats.quoting import shown
from deployer.lint.expression.lexer import tokens, unquoted
from deployer.lint.expression.nodes import ExpressionNode, Mistake, MistakeError, NodeKind, Token

MAX_DEPTH = 100
"""Parentheses, indexes and ternaries inside one another."""

_LITERALS = {"true": True, "false": False, "null": None}
_POWERS = {
    "?": 1,
    "||": 2,
    "&&": 3,
    **dict.fromkeys(("==", "!="), 4),
    **dict.fromkeys(("<", "<=", ">", ">="), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "%"), 7),
}
_INSTEAD = {
    "and": "&&", "or": "||", "not": "!", "===": "==", "!==": "!=", "=": "==", "eq": "==", "ne": "!=", "gt": ">", "lt": "<", "gte": ">=", "lte": "<=",
    "is": "==",
}  # fmt: skip
_WORDS = frozenset((*_INSTEAD, "in", "contains", "matches", "startsWith", "endsWith", "starts_with", "ends_with", "includes", "if", "then", "else"))
_FIXES = {
    "|": "Filters are not on the page: work the value out in a step of its own.",
    "?.": "Write `.`.",
    "??": "Write it as a choice: `a ? a : b`.",
}
_BLOCKS = ("/", ">", "#", "^", "&", "{")
_NOT_SHOWN = "meinGPT's page shows no"


def _word(token: Token) -> str:
    return "`{{…}}`" if token.kind == "operand" else shown(token.text)


def parse(text: str) -> tuple[tuple[ExpressionNode, ...], Mistake | None]:
    """The expression in the text, in postfix order, or what is wrong with it. Never raises."""
    try:
        found = tokens(text)
        if len(found) == 1:
            return (), Mistake("There is nothing between the braces.", "Name a value, such as `input.message`, or remove the braces.", 0, len(text))
        return _Parser(found).whole(), None
    except MistakeError as error:
        return (), error.mistake


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.nodes: list[ExpressionNode] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def add(self, kind: NodeKind, value: object, token: Token) -> None:
        self.nodes.append(ExpressionNode(kind, value, token.start, token.end))

    def whole(self) -> tuple[ExpressionNode, ...]:
        if self.token.text in _BLOCKS:
            self.unknown(
                self.token, f"{_NOT_SHOWN} {shown(self.token.text)} at the start of an expression.", "Name a value, such as `input.message`."
            )
        self.expression(1)
        if self.token.kind != "end":
            self.left_over(self.token)
        return tuple(self.nodes)

    def expression(self, least: int) -> None:
        """An operand, and each operator after it that binds at least so strongly."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.wrong(self.token, f"This expression is nested more than {MAX_DEPTH} deep.", "Work out a part of it in a step of its own.")
        self.operand()
        while (token := self.token).kind == "sign" and _POWERS.get(token.text, 0) >= least:
            self.at += 1
            if token.text == "?":
                self.expression(1)
                self.expect(":", "`:` and the other value are missing after this `?`.", "Write `test ? value : other`.", token)
                self.expression(1)
                self.add("ternary", "?", token)
            else:
                self.expression(_POWERS[token.text] + 1)
                self.add("binary", token.text, token)
        self.depth -= 1

    def operand(self) -> None:
        signs = []
        while self.token.kind == "sign" and self.token.text in ("!", "-", "+"):
            signs.append(self.next())
        self.primary()
        self.accesses()
        for sign in reversed(signs):
            self.add("unary", sign.text, sign)

    def primary(self) -> None:
        token = self.next()
        if token.kind == "name" and token.text in _LITERALS:
            self.add("literal", _LITERALS[token.text], token)
        elif token.kind in ("name", "operand"):
            if token.text in _INSTEAD and self.token.kind in ("name", "operand", "number", "text"):
                self.unknown_operator(token)
            self.add("name" if token.kind == "name" else "operand", token.text, token)
        elif token.kind == "number":
            self.add("literal", float(token.text), token)
        elif token.kind == "text":
            self.add("literal", unquoted(token.text), token)
        elif token.text == "(":
            self.expression(1)
            self.expect(")", "This `(` is not closed.", "Add the `)`.", token)
        else:
            self.no_operand(token)

    def accesses(self) -> None:
        """`.name`, `[index]`, as often as they come."""
        while self.token.text in (".", "[", "("):
            sign = self.next()
            if sign.text == "(":
                self.unknown(sign, f"{_NOT_SHOWN} calls, `name(…)`, in expressions.", "Work the value out in a step of its own.")
            elif sign.text == "[":
                self.expression(1)
                self.expect("]", "This `[` is not closed.", "Add the `]`.", sign)
                self.add("index", "[", sign)
            elif self.token.kind == "name":
                name = self.next()
                self.add("member", name.text, name)
            elif self.token.kind == "number" and self.token.text.isdigit():
                self.unknown(self.token, f"{_NOT_SHOWN} number after `.` in expressions.", f"Write `[{self.token.text}]`.")
            else:
                self.wrong(sign, "A name is missing after this `.`.", "Write `.name`, or remove the `.`.")

    def expect(self, text: str, message: str, fix: str, opener: Token) -> None:
        if self.token.kind == "sign" and self.token.text == text:
            self.at += 1
        elif self.token.kind == "end":
            self.wrong(opener, message, fix)
        elif self.token.text in _POWERS or self.token.text in (")", "]", ":", ","):
            self.wrong(self.token, f"{shown(self.token.text)} stands where {shown(text)} must be.", fix)
        else:
            self.left_over(self.token)

    def no_operand(self, token: Token) -> None:
        before = self.tokens[self.at - 2] if self.at > 1 else None
        if token.kind == "odd":
            self.odd(token)
        if token.kind == "end" and before is not None:
            self.wrong(before, f"A value is missing after {_word(before)}.", "Add it, or remove the operator.")
        self.wrong(token, f"A value is missing before {_word(token)}.", "Add it, or remove the operator.")

    def left_over(self, token: Token) -> None:
        """After a whole expression something goes on."""
        if token.kind == "odd":
            self.odd(token)
        if token.text in _WORDS:
            self.unknown_operator(token)
        if token.text in (")", "]"):
            self.wrong(token, f"Nothing was opened that this {_word(token)} closes.", "Remove it.")
        if token.text in (",", ":"):
            self.wrong(token, f"{_word(token)} has no meaning here.", "Remove it.")
        self.wrong(token, f"An operator is missing before {_word(token)}.", "Add it; text goes in quotes.")

    def odd(self, token: Token) -> None:
        if token.text in _INSTEAD:
            self.unknown_operator(token)
        fix = _FIXES.get(token.text, "Remove it; text goes in quotes.")
        self.unknown(token, f"{_NOT_SHOWN} {_word(token)} in expressions.", fix)

    def unknown_operator(self, token: Token) -> None:
        instead = _INSTEAD.get(token.text)
        fix = f"Write {shown(instead)}." if instead else "Compare with `==`, `!=`, `<`, `>`, or work it out in a step of its own."
        self.unknown(token, f"{_NOT_SHOWN} operator {_word(token)} in expressions.", fix)

    def wrong(self, token: Token, message: str, fix: str) -> None:
        raise MistakeError(Mistake(message, fix, token.start, token.end))

    def unknown(self, token: Token, message: str, fix: str) -> None:
        raise MistakeError(Mistake(message, fix, token.start, token.end, unknown=True))
